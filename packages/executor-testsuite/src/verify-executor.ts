import { findBinary, type Settings } from '@slipway/config';
import { withNode } from '@slipway/node-client';
import { readyHandler } from '@slipway/node-client';
import { readUpState } from '@slipway/supervisor';
import { type CheckResult, type Level, levels } from './level.js';
import { runChecks } from './run.js';
import { Scene } from './scene.js';

export interface VerifyRequest {
  handler: string;
  /** Default: all. */
  levels?: readonly Level[];
  /** A static busybox, which the containers of the checks run. Default: the host's. */
  shell?: string;
  /** Whether recovery may kill the executor that `slipway up` runs. Default: no. */
  kill?: boolean;
  /** The one that it may kill, where another supervisor starts it again. */
  pid?: number | undefined;
  /** Gets each result as soon as it is known. */
  report?: (result: CheckResult) => void;
  /** Ends the checks; what they made is removed. */
  signal?: AbortSignal;
}

export interface VerifyOutcome {
  results: CheckResult[];
  /** What the checks made and could not remove. */
  leftovers: string[];
}

/**
 * Makes the checks of docs/executor-protocol.md on an executor of the node that runs here: what the tests of an executor
 * call, and `slipway verify executor`.
 * @throws STAGE_UNAVAILABLE, HANDLER_NOT_READY, NOT_PERMITTED
 */
export async function verifyExecutor(settings: Settings, request: VerifyRequest): Promise<VerifyOutcome> {
  const shell = request.shell ?? findBinary('busybox');
  const signal = request.signal ?? new AbortController().signal;
  return await withNode(settings, async ({ bus, records }) => {
    const handler = await readyHandler(bus, request.handler);
    const pid = (): number | undefined => {
      if (request.pid !== undefined) return request.pid;
      if (!request.kill) return undefined;
      const processes = readUpState(settings.state)?.processes ?? [];
      return processes.find(({ name }) => name === `executor.${request.handler}-0`)?.pid;
    };
    const scene = new Scene(bus, records, handler, shell, pid);
    return await runChecks(scene, request.levels ?? levels, request.report ?? (() => undefined), signal);
  });
}
