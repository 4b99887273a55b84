import { setTimeout as sleep } from 'node:timers/promises';
import { isSlipwayError } from '@slipway/errors';
import type { Logger, Reasons } from '@slipway/telemetry';

/** Reports of a server that does not run yet, or is not quick enough. */
const passing = new Set(['STAGE_UNAVAILABLE', 'RECORDS_UNAVAILABLE', 'DEADLINE']);
const firstPauseMs = 250;
const longestPauseMs = 2000;
/** Milliseconds between two records in the log that it still waits. */
const tellMs = 60_000;

export interface PatienceOptions {
  /** As in `reasons`: nats, redis. */
  name: string;
  log: Logger;
  /** Holds why it is not connected, under its name, until it is. */
  reasons: Reasons;
}

/**
 * Connects to a server, and tries again for as long as it is not there: a node that comes up slowly, or whose server is
 * being replaced, needs a service that waits, and not one that ends and is started again. It is logged at first and from
 * time to time. Throws what waiting does not mend, for example a key that cannot be read.
 */
export async function connectPatiently<T>(connect: () => Promise<T>, options: PatienceOptions): Promise<T> {
  const { name, log, reasons } = options;
  let reported = Number.NEGATIVE_INFINITY;
  reasons[name] = 'not connected yet';
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
    try {
      const connection = await connect();
      delete reasons[name];
      if (reported > 0) log.info({ server: name }, 'connected');
      return connection;
    } catch (error) {
      if (!isSlipwayError(error) || !passing.has(error.code)) throw error;
      reasons[name] = error.message;
      if (performance.now() - reported > tellMs) {
        reported = performance.now();
        log.warn({ server: name, err: error }, 'waiting for a server that does not answer yet');
      }
      await sleep(pause);
    }
  }
}
