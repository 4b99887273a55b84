import type { Logger } from '@slipway/telemetry';

const reported = new Set<string>();
const maxReported = 1000;

/** Logs what a container is given in a lesser form than was asked for: what this host lacks is a warning once, not for each container. */
export function reportDegradation(log: Logger, ids: { container: string; sandbox?: string }, what: string): void {
  if (reported.has(what) || reported.size >= maxReported) {
    log.debug(ids, what);
    return;
  }
  reported.add(what);
  log.warn(ids, what);
}
