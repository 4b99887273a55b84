import { monotonicMs } from './clock.js';

/**
 * How long this process has known of things: their age, where what tells when they began is the wall clock's time, which
 * NTP may set by hours. It is counted from the first look on, so a process that has just started takes all for young.
 */
export class FirstSeen {
  readonly #since = new Map<string, number>();
  readonly #asked = new Set<string>();

  /** @param now milliseconds of a clock without steps */
  constructor(readonly now: () => number = monotonicMs) {}

  /** Milliseconds since the first call with this key; 0 at the first. */
  age(key: string): number {
    this.#asked.add(key);
    const now = this.now();
    const since = this.#since.get(key);
    if (since === undefined) this.#since.set(key, now);
    return now - (since ?? now);
  }

  /** Forgets what nobody asked for since the last call: a thing that comes again is young again. */
  endRound(): void {
    for (const key of this.#since.keys()) if (!this.#asked.has(key)) this.#since.delete(key);
    this.#asked.clear();
  }
}
