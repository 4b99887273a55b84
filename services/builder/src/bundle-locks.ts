import { setImmediate as nextRound } from 'node:timers/promises';
import type { ServiceParts } from '@slipway/service';
import type { BuilderContext } from './context.js';

/**
 * The builder's locks. A lock is given back when its work is over, but an answer does not wait for Redis' word on
 * that: the command is on its way by then, and whoever wants the lock meanwhile asks again. One that never arrives
 * ends with its lease, as after a kill.
 */
export class BundleLocks {
  /** Releases that Redis has not confirmed. */
  readonly #releases = new Set<Promise<unknown>>();

  constructor(readonly records: Pick<ServiceParts['records'], 'lock'>) {}

  readonly with: BuilderContext['withLock'] = async (name, work, options) => {
    const lease = await this.records.lock(name, options);
    try {
      return await work(lease.signal);
    } finally {
      // The answer goes out first.
      this.#track(nextRound().then(() => lease.release()));
    }
  };

  /** Waits for the releases that are on their way: for a stage that ends, so that nobody waits for its leases. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#releases);
  }

  #track(release: Promise<void>): void {
    const forget = (): boolean => this.#releases.delete(tracked);
    // A release that fails has been logged; the lock ends with its lease.
    const tracked: Promise<unknown> = release.then(forget, forget);
    this.#releases.add(tracked);
  }
}
