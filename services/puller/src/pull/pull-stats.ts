import type { Metrics } from '@slipway/telemetry';
import { Rate } from './rate.js';

/** Where a pull is; see PullProgress in the contracts. */
export type PullStep = 'resolve' | 'fetch' | 'unpack' | 'sync' | 'done' | 'failed';

const measured = ['resolve', 'fetch', 'unpack', 'sync'] as const;

/** Counts of all pulls and loads of this process, for its metrics. */
export class PullStats {
  readonly #rate = new Rate();
  readonly #running = new Map<PullStep, number>();
  readonly #seconds = new Map<PullStep, number>();
  #bytes = 0;
  #layers = 0;

  /** Bytes of blobs that reached the disk. */
  fetched(bytes: number): void {
    this.#bytes += bytes;
    this.#rate.add(bytes);
  }

  /** A layer was unpacked; one that was there does not count. */
  unpacked(): void {
    this.#layers++;
  }

  /** A pull enters a step; call the answer when it leaves it. */
  enter(step: PullStep): () => void {
    const started = performance.now();
    this.#running.set(step, (this.#running.get(step) ?? 0) + 1);
    return () => {
      this.#running.set(step, (this.#running.get(step) ?? 1) - 1);
      this.#seconds.set(step, (this.#seconds.get(step) ?? 0) + (performance.now() - started) / 1000);
    };
  }

  register(metrics: Metrics): void {
    metrics.family('pull_bytes_total', 'Bytes of layers that were fetched or loaded.', 'counter', () => [
      { value: this.#bytes },
    ]);
    metrics.family('pull_layers_total', 'Layers that were unpacked.', 'counter', () => [{ value: this.#layers }]);
    metrics.gauge('pull_bytes_per_second', 'Bytes of layers that came within the last seconds, by the second.', () =>
      this.#rate.read(),
    );
    metrics.family('pulls_running', 'Pulls and loads under way, by stage.', 'gauge', () =>
      measured.map((stage) => ({ value: this.#running.get(stage) ?? 0, labels: { step: stage } })),
    );
    metrics.family('pull_step_seconds_total', 'Time that pulls and loads spent in each stage.', 'counter', () =>
      measured.map((stage) => ({ value: this.#seconds.get(stage) ?? 0, labels: { step: stage } })),
    );
  }
}
