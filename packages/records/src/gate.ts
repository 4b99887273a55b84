/**
 * Whether what Redis holds can be believed. A Redis that was started again may have lost what it acknowledged: its
 * append-only file is written a moment after the answer, and later still on a slow disk. So each time one is met, the
 * records are compared with their mirror before anything is read.
 *
 *   unknown ── pass() ──▶ comparing ──▶ compared ── a connection is made, or records are missing ──▶ unknown
 */
export class Gate {
  /** Another number: Redis may be another one. Values from before and after do not belong together. */
  epoch = 0;
  #compared = false;
  #comparing: Promise<void> | undefined;

  constructor(
    /** Compares, unless it was done already for the Redis that is there. */
    readonly compare: () => Promise<void>,
  ) {}

  /** Nothing is known of the Redis that is there. */
  reset(): void {
    this.epoch++;
    this.#compared = false;
  }

  /** Resolves with the epoch when the records were compared. Throws RECORDS_UNAVAILABLE. */
  async pass(): Promise<number> {
    while (!this.#compared) {
      const { epoch } = this;
      this.#comparing ??= this.compare().finally(() => {
        this.#comparing = undefined;
      });
      await this.#comparing;
      if (epoch === this.epoch) this.#compared = true;
    }
    return this.epoch;
  }
}
