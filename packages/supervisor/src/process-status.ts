import type { ServiceStatus } from '@slipway/service';
import type { SupervisedProcess } from './process.js';

/** A service that does not say how it is within this time has other troubles. Milliseconds. */
const statusMs = 10_000;

/** A process's report of itself. Throws DEADLINE, STAGE_UNAVAILABLE. */
export function statusOf(process: SupervisedProcess): Promise<ServiceStatus> {
  return process.ask<ServiceStatus>({ command: 'status' }, statusMs);
}
