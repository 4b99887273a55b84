import type { Logger } from '@slipway/telemetry';

const told = new Set<string>();
const maxTold = 1000;

/** Logs what a container is given in a lesser form than was asked for: what this host lacks is a warning once, not for each container. */
export function tellLess(log: Logger, ids: { container: string; sandbox?: string }, what: string): void {
  if (told.has(what) || told.size >= maxTold) {
    log.debug(ids, what);
    return;
  }
  told.add(what);
  log.warn(ids, what);
}
