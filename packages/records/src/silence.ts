import { monotonicMs } from '@slipway/time';

/** Milliseconds between two ticks, and how late one may be before this process was hung. */
const TICK_MS = 500;
const LATE_MS = 1000;
/** Values that are remembered; the ones looked at longest ago go first. */
const KEPT = 1024;

interface Look {
  value: string;
  since: number;
}

/**
 * How long a value in Redis has stayed as it is, as far as this process can tell. A holder of a lock or an operation
 * changes its value again and again; one that is dead does not. No wall clock has a part in it, neither that of Redis,
 * by which keys expire, nor ours: NTP sets them by hours, and a lock would be lost, or be kept for as long.
 *
 * The count begins again whenever the holder may have been unable to renew: after Redis was away or slow to answer,
 * and after this process stood still, as whatever stopped it (a frozen cgroup, a busy machine) may have stopped the holder.
 */
export class Silence {
  readonly #looks = new Map<string, Look>();
  readonly #ticker: NodeJS.Timeout;
  #ticked: number;

  constructor(readonly now: () => number = monotonicMs) {
    this.#ticked = now();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#ticker.unref();
  }

  /**
   * Milliseconds since the value was seen first.
   * @param asked when Redis was asked for it, by `now`
   */
  of(key: string, value: string, asked: number): number {
    this.#tick();
    const now = this.now();
    const look = this.#looks.get(key);
    const slow = now - asked > LATE_MS;
    const since = look && look.value === value && !slow ? look.since : now;
    this.#looks.delete(key);
    this.#looks.set(key, { value, since });
    for (const oldest of this.#looks.keys()) {
      if (this.#looks.size <= KEPT) break;
      this.#looks.delete(oldest);
    }
    return now - since;
  }

  forget(key: string): void {
    this.#looks.delete(key);
  }

  /** Redis was away: nobody could renew anything. */
  reset(): void {
    this.#looks.clear();
  }

  close(): void {
    clearInterval(this.#ticker);
  }

  #tick(): void {
    const now = this.now();
    if (now - this.#ticked > TICK_MS + LATE_MS) this.reset();
    this.#ticked = now;
  }
}
