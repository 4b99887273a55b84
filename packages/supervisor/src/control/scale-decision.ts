/** The result of one look at the instances of a stage. */
export interface LoadSample {
  /** Milliseconds, of any clock that does not go back. */
  at: number;
  instances: number;
  /** Calls that are worked on or queued, over all instances. */
  inFlight: number;
  /** Those of them for which an instance has no place. */
  queued: number;
  /** Calls that ended since the look before, and the milliseconds that these waited until they were worked on. */
  ended: number;
  waitedMs: number;
}

export interface ScaleLimits {
  least: number;
  most: number;
  busyCalls: number;
  waitMs: number;
  idleMs: number;
}

/** Looks that must agree before an instance is started: one burst of calls is over sooner than a start. */
const agreeing = 2;
/** An average over fewer calls says little. */
const fewestCalls = 4;
/** The load of fewer instances must be this much below the load that starts another one, or numbers would swing. */
const slack = 0.75;

/**
 * How many instances a stage should have. More when those that are there have more in flight than busyCalls each, when
 * calls wait for a place, or when they wait for longer than waitMs; fewer when fewer would have been enough for all of
 * idleMs, directly to as few as were needed.
 */
export class ScaleDecision {
  /** How many would have been enough, at each look of the last idleMs. */
  #needs: { at: number; count: number }[] = [];
  /** When these looks began. */
  #since: number | undefined;
  #high = 0;

  wanted(sample: LoadSample, limits: ScaleLimits): number {
    const { at, instances, inFlight, queued, ended, waitedMs } = sample;
    const within = (count: number): number => Math.min(Math.max(count, limits.least), limits.most);
    const slow = ended >= fewestCalls && waitedMs / ended > limits.waitMs;
    const crowded = Math.ceil(inFlight / limits.busyCalls);
    const more = within(Math.max(crowded, queued > 0 || slow ? instances + 1 : 0));
    const enough = Math.max(within(Math.ceil(inFlight / (limits.busyCalls * slack))), slow ? instances : 0);
    this.#since ??= at;
    this.#needs.push({ at, count: enough });
    this.#needs = this.#needs.filter((need) => at - need.at <= limits.idleMs);

    this.#high = more > instances ? this.#high + 1 : 0;
    if (this.#high >= agreeing) {
      this.#high = 0;
      this.#needs = [];
      this.#since = undefined;
      return more;
    }
    // Not before a whole idle time was looked at.
    if (at - this.#since < limits.idleMs) return within(instances);
    return within(Math.min(instances, Math.max(...this.#needs.map(({ count }) => count))));
  }
}
