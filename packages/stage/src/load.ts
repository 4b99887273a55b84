/**
 * How much an instance has to do. Answered to `$SRV.STATS` and to its supervisor, which scales by it. Counts and sums grow
 * from the start of the process on: who looks twice knows what was in between.
 */
export interface StageLoad {
  /** Calls that ended. */
  calls: number;
  errors: number;
  /** Calls that are worked on or queued now. */
  inFlight: number;
  /** Those of them that wait for a place. */
  queued: number;
  /** Milliseconds that ended calls waited, from the caller's publish until the work began. */
  waitedMs: number;
  /** Milliseconds that ended calls were worked on. */
  workedMs: number;
}

/** The growing part of a {@link StageLoad}. */
export class LoadCounts {
  readonly #sums = { calls: 0, errors: 0, waitedMs: 0, workedMs: 0 };

  /** Counts a call as ended. Times are nanoseconds. */
  ended({ waited, worked, failed }: { waited: bigint; worked: bigint; failed: boolean }): void {
    this.#sums.calls += 1;
    if (failed) this.#sums.errors += 1;
    this.#sums.waitedMs += Number(waited) / 1e6;
    this.#sums.workedMs += Number(worked) / 1e6;
  }

  read(): Pick<StageLoad, 'calls' | 'errors' | 'waitedMs' | 'workedMs'> {
    return { ...this.#sums };
  }
}
