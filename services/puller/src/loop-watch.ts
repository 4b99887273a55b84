import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** The histogram looks this often, in milliseconds; it takes what it waited itself for a delay, too. */
const resolutionMs = 10;

/**
 * The longest time that the event loop was held up while pulls ran. It is looked at during pulls
 * only: a puller that has nothing to do is not woken for it.
 */
export class LoopWatch {
  /** A histogram for each period of work: one that is enabled again counts the pause as a delay. */
  #histogram: IntervalHistogram | undefined;
  #most = 0;
  #running = 0;

  /** Watches while `work` runs. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running++ === 0) {
      this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#histogram.enable();
    }
    try {
      return await work();
    } finally {
      if (--this.#running === 0) {
        this.#histogram?.disable();
        this.#most = this.maxSeconds;
        this.#histogram = undefined;
      }
    }
  }

  /** Seconds, the longest since the start of the process. */
  get maxSeconds(): number {
    return Math.max(this.#most, (this.#histogram?.max ?? 0) / 1e9 - resolutionMs / 1000);
  }
}
