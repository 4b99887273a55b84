import type { Settings } from '@slipway/config';
import { Executor } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { stageClient } from '@slipway/stage';
import { withNode } from '../build/node.js';
import { readUpState } from '../supervisor/state-file.js';
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
  told: (result: CheckResult) => void;
}

/** How long an executor that has just started may try its handler out. Milliseconds. */
const probeMs = 30_000;

/** Makes the checks on the node that runs here. Throws STAGE_UNAVAILABLE, HANDLER_NOT_READY. */
export async function verifyExecutor(
  settings: Settings,
  request: VerifyRequest,
): Promise<{ results: CheckResult[]; leftovers: string[] }> {
  return await withNode(settings, async ({ bus, records }) => {
    const executor = stageClient(bus, Executor, { handler: request.handler });
    const end = Date.now() + probeMs;
    let handler = await executor.describe({});
    while (!handler.ready && handler.reason === 'probing' && Date.now() < end) {
      await new Promise((wake) => setTimeout(wake, 100));
      handler = await executor.describe({});
    }
    if (!handler.ready) {
      throw new SlipwayError('HANDLER_NOT_READY', handler.reason, { object: `handler ${request.handler}` });
    }
    const pid = (): number | undefined => {
      if (request.pid !== undefined) return request.pid;
      if (!request.kill) return undefined;
      const processes = readUpState(settings.state)?.processes ?? [];
      return processes.find(({ name }) => name === `executor.${request.handler}-0`)?.pid;
    };
    const scene = new Scene(bus, records, handler, request.shell, pid);
    return await runChecks(scene, request.levels, request.told);
  });
}
