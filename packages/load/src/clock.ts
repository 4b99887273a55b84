import { setTimeout as sleep } from 'node:timers/promises';

/** Time as the loops see it; tests bring one of their own. */
export interface Clock {
  /** Milliseconds since some fixed moment, with fractions. */
  now(): number;
  /** Resolves at that time, or as soon as the signal is aborted; never rejects. */
  until(time: number, signal: AbortSignal): Promise<void>;
}

/** Timers fire up to a millisecond late: the rest is waited for turn by turn. */
const TIMER_MS = 1.2;

/** The monotonic clock. Waiting is exact to some hundredths of a millisecond, or latencies would be those of timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  async until(time, signal) {
    const rough = time - performance.now() - TIMER_MS;
    if (rough > 0) await sleep(rough, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted && performance.now() < time) await new Promise((turn) => setImmediate(turn));
  },
};
