import { deadlineIn, Limit } from '@slipway/time';
import type { Logger } from '@slipway/telemetry';
import type { Call } from './context.js';

/**
 * Runs work that has `ms` milliseconds of its own, whatever its caller has left: undoing, for example, must end well
 * also where the caller's deadline is what failed the call.
 */
export async function inOwnTime<T>(ms: number, log: Logger, work: (call: Call) => Promise<T>): Promise<T> {
  using limit = new Limit({ ms });
  return await work({ deadline: deadlineIn(ms), signal: limit.signal, log });
}
