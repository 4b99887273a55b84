/**
 * Milliseconds of CLOCK_MONOTONIC, with fractions. It is the same clock for every process of one boot (of one time
 * namespace), and a step of the wall clock does not move it: what is waited for is measured by it.
 */
export function monotonicMs(): number {
  // performance.now() with an origin is wrong by the time for which the process was paused between reading the two.
  const [seconds, nanos] = process.hrtime();
  return seconds * 1000 + nanos / 1e6;
}

/** Milliseconds that two readings of the wall clock may differ by before a step is assumed: Date.now() has whole ones. */
const stepMs = 2;

const maxReadings = 5;

/** Nanoseconds since the epoch, with microsecond resolution: for records, events and whatever a person reads. */
export function nowNanos(): bigint {
  return BigInt(Math.round(wall.ms() * 1000)) * 1000n;
}

/**
 * The wall clock with fractions of a millisecond. `performance.timeOrigin` holds what the wall clock said when the
 * process began, for ever: after a step of the clock its sums are wrong by that step. Here each reading is
 * compared with the system's clock, and a step is followed. After some readings it is exact to some hundredths of a
 * millisecond, so that times of several processes can be compared.
 */
export class WallClock {
  #offset = Number.NaN;

  /** @param date milliseconds since the epoch, whole ones; @param monotonic milliseconds of a clock without steps */
  constructor(
    readonly date: () => number = Date.now,
    readonly monotonic: () => number = () => performance.now(),
  ) {}

  /** Milliseconds since the epoch. */
  ms(): number {
    for (let tries = 1; ; tries++) {
      const before = this.monotonic();
      const date = this.date();
      const after = this.monotonic();
      if (Math.abs(date - before - this.#offset) < stepMs) {
        // The date is cut to whole milliseconds, so each reading bounds the difference of the clocks.
        this.#offset = Math.min(Math.max(this.#offset, date - after), date + 1 - before);
        return before + this.#offset;
      }
      // Where the process was paused between the two readings their difference shows no step.
      if (after - before > 1 && tries < maxReadings) continue;
      this.#offset = date - before;
      return date;
    }
  }
}

const wall = new WallClock();
