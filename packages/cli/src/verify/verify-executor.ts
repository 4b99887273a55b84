import type { Settings } from '@slipway/config';
import { withNode } from '../build/node.js';
import { readyHandler } from '../direct/handler-info.js';
import { readUpState } from '@slipway/supervisor';
import type { CheckResult, Level } from './check.js';
import { runChecks } from './run.js';
import { Scene } from './scene.js';

export interface VerifyRequest {
  handler: string;
  levels: readonly Level[];
  /** A static busybox. */
  shell: string;
  /** Recovery may kill the executors of slipway up. */
  kill: boolean;
  /** The one that it may kill, where another supervisor starts it again. */
  pid?: number | undefined;
  report: (result: CheckResult) => void;
  /** Ends the checks; what they made is removed. */
  signal: AbortSignal;
}

/** Makes the checks on the node that runs here. Throws STAGE_UNAVAILABLE, HANDLER_NOT_READY. */
export async function verifyExecutor(
  settings: Settings,
  request: VerifyRequest,
): Promise<{ results: CheckResult[]; leftovers: string[] }> {
  return await withNode(settings, async ({ bus, records }) => {
    const handler = await readyHandler(bus, request.handler);
    const pid = (): number | undefined => {
      if (request.pid !== undefined) return request.pid;
      if (!request.kill) return undefined;
      const processes = readUpState(settings.state)?.processes ?? [];
      return processes.find(({ name }) => name === `executor.${request.handler}-0`)?.pid;
    };
    const scene = new Scene(bus, records, handler, request.shell, pid);
    return await runChecks(scene, request.levels, request.report, request.signal);
  });
}
