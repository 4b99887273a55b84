import type { PullProgress } from '@slipway/contracts';

export type LayerStep = 'wait' | 'fetch' | 'unpack' | 'done';

interface LayerState {
  readonly size: number;
  step: LayerStep;
  bytes: number;
}

/** Four beats a second are enough for a progress bar and cost nothing. */
const intervalMs = 250;

/** How far a pull is, told at most every `intervalMs`; the last state is always told. */
export class Progress {
  readonly #reference: string;
  readonly #tell: (progress: PullProgress) => void;
  readonly #layers = new Map<string, LayerState>();
  #step: 'resolve' | 'fetch' | 'unpack' | 'done' = 'resolve';
  #told = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(reference: string, tell: (progress: PullProgress) => void) {
    this.#reference = reference;
    this.#tell = tell;
    this.#changed();
  }

  /** The layers that will be there at the end, by the digests of their blobs; sizes in bytes. */
  plan(layers: readonly { readonly digest: string; readonly size: number }[]): void {
    for (const { digest, size } of layers) this.#layers.set(digest, { size, step: 'wait', bytes: 0 });
    this.#step = 'fetch';
    this.#changed();
  }

  /** `bytes` of the blob are on disk; left out, the number stays. */
  layer(digest: string, step: LayerStep, bytes?: number): void {
    const layer = this.#layers.get(digest);
    if (!layer) return;
    layer.step = step;
    layer.bytes = step === 'done' || step === 'unpack' ? layer.size : (bytes ?? layer.bytes);
    const states = [...this.#layers.values()];
    const fetching = states.some((state) => state.step === 'wait' || state.step === 'fetch');
    this.#step = fetching ? 'fetch' : 'unpack';
    this.#changed();
  }

  /** The image is there. */
  done(): void {
    this.#step = 'done';
    this.#flush();
  }

  /** Tells nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #changed(): void {
    if (this.#timer) return;
    const wait = this.#told + intervalMs - performance.now();
    if (wait <= 0) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), wait).unref();
  }

  #flush(): void {
    this.close();
    this.#told = performance.now();
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
    });
  }
}
