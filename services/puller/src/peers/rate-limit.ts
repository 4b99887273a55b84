import { setTimeout as delay } from 'node:timers/promises';

/**
 * Limits sent bytes a second, first come, first served. A request that would have to wait longer than
 * `longestWaitMs` is refused immediately, because the asker can ask other nodes.
 */
export class RateLimit {
  readonly #bytesPerMs: number;
  readonly #longestWaitMs: number;
  /** When all that was let through so far will have been sent; performance.now(). */
  #free = 0;

  constructor(bytesPerSecond: number, longestWaitMs: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#longestWaitMs = longestWaitMs;
  }

  /** Milliseconds that the next piece would wait. */
  get waitMs(): number {
    return Math.max(0, this.#free - performance.now());
  }

  /** Waits for the turn of so many bytes. @returns false when that would take too long */
  async take(bytes: number, signal: AbortSignal): Promise<boolean> {
    const wait = this.waitMs;
    if (wait > this.#longestWaitMs) return false;
    this.#free = Math.max(this.#free, performance.now()) + bytes / this.#bytesPerMs;
    if (wait >= 1) await delay(wait, undefined, { signal });
    return true;
  }
}
