import type { PullProgress } from '@slipway/contracts';
import type { PullStats, PullStep } from './pull-stats.js';
import { Rate } from './rate.js';

export type LayerStep = 'wait' | 'fetch' | 'unpack' | 'done';

interface LayerState {
  readonly size: number;
  step: LayerStep;
  bytes: number;
  /** Whether `bytes` was reported once: bytes that existed before are not fetched. */
  begun: boolean;
}

/** Four beats a second are enough for a progress bar and cost nothing. */
const intervalMs = 250;
/** A small image takes less for all its steps: reporting each would cost as much as a layer's record. */
const stepMs = 100;
/** Steps that are reported immediately, because no later report follows. */
const lastSteps: ReadonlySet<PullStep> = new Set(['sync', 'done', 'failed']);

/** Reports a pull's progress every `intervalMs`, a change of step within `stepMs`, and the last steps immediately. */
export class Progress {
  readonly #reference: string;
  readonly #tell: (progress: PullProgress) => void;
  readonly #stats: PullStats;
  readonly #layers = new Map<string, LayerState>();
  readonly #rate = new Rate();
  #step: PullStep = 'resolve';
  #leave: () => void;
  #error = '';
  #reported = Number.NEGATIVE_INFINITY;
  /** The time of the next report, in `performance.now()`. */
  #due = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(reference: string, tell: (progress: PullProgress) => void, stats: PullStats) {
    this.#reference = reference;
    this.#tell = tell;
    this.#stats = stats;
    this.#leave = stats.enter('resolve');
    this.#changed(intervalMs);
  }

  /** The layers that will be there at the end, by the digests of their blobs; sizes in bytes. */
  plan(layers: readonly { readonly digest: string; readonly size: number }[]): void {
    for (const { digest, size } of layers) {
      if (!this.#layers.has(digest)) this.#layers.set(digest, { size, step: 'wait', bytes: 0, begun: false });
    }
    this.#enter('fetch');
  }

  /** `bytes` of the blob are on disk; left out, the number stays. */
  layer(digest: string, step: LayerStep, bytes?: number): void {
    const layer = this.#layers.get(digest);
    if (!layer) return;
    if (bytes !== undefined) this.#count(layer, bytes);
    if (layer.step === 'unpack' && step === 'done') this.#stats.unpacked();
    layer.step = step;
    layer.bytes = step === 'done' || step === 'unpack' ? layer.size : (bytes ?? layer.bytes);
    const fetching = [...this.#layers.values()].some((state) => state.step === 'wait' || state.step === 'fetch');
    this.#enter(fetching ? 'fetch' : 'unpack');
    this.#changed(intervalMs);
  }

  /** The image is there; its layers are on their way through to the disk. */
  sync(): void {
    this.#enter('sync');
  }

  done(): void {
    this.#enter('done');
    this.close();
  }

  failed(error: unknown): void {
    this.#error = error instanceof Error ? error.message : String(error);
    this.#enter('failed');
    this.close();
  }

  /** Tells nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = Number.POSITIVE_INFINITY;
  }

  #count(layer: LayerState, bytes: number): void {
    const came = layer.begun ? Math.max(0, bytes - layer.bytes) : 0;
    layer.begun = true;
    if (came === 0) return;
    this.#rate.add(came);
    this.#stats.fetched(came);
  }

  #enter(step: PullStep): void {
    if (step === this.#step) return this.#changed(intervalMs);
    this.#leave();
    this.#step = step;
    this.#leave = step === 'done' || step === 'failed' ? () => undefined : this.#stats.enter(step);
    if (lastSteps.has(step)) this.#flush();
    else this.#changed(stepMs);
  }

  /** Schedules a report for that much time after the last one; another report includes the change earlier. */
  #changed(afterMs: number): void {
    const now = performance.now();
    const at = this.#reported + afterMs;
    if (at >= this.#due) return;
    this.close();
    if (at <= now) return this.#flush();
    this.#due = at;
    this.#timer = setTimeout(() => this.#flush(), at - now).unref();
  }

  #flush(): void {
    this.close();
    this.#reported = performance.now();
    const states = [...this.#layers].map(([digest, state]) => ({ digest, ...state }));
    this.#tell({
      reference: this.#reference,
      step: this.#step,
      bytesDone: BigInt(states.reduce((sum, { bytes }) => sum + bytes, 0)),
      bytesTotal: BigInt(states.reduce((sum, { size }) => sum + size, 0)),
      layersDone: states.filter(({ step }) => step === 'done').length,
      layersTotal: states.length,
      layers: states.map(({ digest, step, bytes, size }) => ({
        digest,
        step,
        bytesDone: BigInt(bytes),
        bytesTotal: BigInt(size),
      })),
      bytesPerSecond: BigInt(this.#rate.read()),
      error: this.#error,
    });
  }
}
