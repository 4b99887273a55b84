import type { Clock } from '../src/clock.js';

/** A clock that stops until it is moved: each waiter wakes at its time exactly, in order. */
export class ScriptedClock implements Clock {
  #now = 0;
  #waiting: { time: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  until(time: number, signal: AbortSignal): Promise<void> {
    if (time <= this.#now || signal.aborted) return Promise.resolve();
    return new Promise((wake) => {
      this.#waiting.push({ time, wake });
      signal.addEventListener('abort', () => wake(), { once: true });
    });
  }

  /** Moves on to the time of each waiter in turn, up to `end`; what they start gets its turn in between. */
  async runTo(end: number): Promise<void> {
    for (;;) {
      await new Promise((turn) => setImmediate(turn));
      this.#waiting.sort((a, b) => a.time - b.time);
      const next = this.#waiting[0];
      if (!next || next.time > end) break;
      this.#waiting.shift();
      this.#now = Math.max(this.#now, next.time);
      next.wake();
    }
    this.#now = end;
    await new Promise((turn) => setImmediate(turn));
  }
}

export const never: AbortSignal = new AbortController().signal;
