import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { reopenLog } from '@slipway/conmon';
import { ContainerPhase, type ReopenContainerLogCall, type ReopenContainerLogResult } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { deadlineIn, earlier } from '@slipway/time';
import type { Call, ExecutorContext } from '../context.js';
import { requireContainer } from './require-container.js';
import { checkLogPath } from './log-path.js';
import { phaseName } from './phases.js';

/** conmon answers in a few milliseconds; a kubelet must not hang on one that does not. */
const reopenMs = 10_000;

/** Opens a running container's log file again after a rotation. Takes no lock. Throws CONTAINER_STATE when it does not run. */
export async function reopenContainerLog(
  context: ExecutorContext,
  request: ReopenContainerLogCall,
  call: Call,
): Promise<ReopenContainerLogResult> {
  const record = await requireContainer(context, request.id);
  const object = `container ${record.id}`;
  if (record.phase !== ContainerPhase.CONTAINER_PHASE_RUNNING) {
    throw new SlipwayError('CONTAINER_STATE', `it is ${phaseName(record.phase)}, not RUNNING`, { object });
  }
  if (record.logPath === '') return {};
  checkLogPath(record.logPath);
  const deadline = earlier(call.deadline, deadlineIn(reopenMs));
  const pid = Number(await readFile(context.paths.container(record.id).conmonPidFile, 'utf8').catch(() => ''));
  const { bundle, logPath } = record;
  const conmonPid = pid > 1 ? pid : undefined;
  const reopened = await reopenLog({ bundle, logPath, conmonPid, deadline, signal: call.signal });
  // A container that ended meanwhile needs no new file.
  if (!reopened && !existsSync(`${context.paths.exits}/${record.id}`)) {
    throw new SlipwayError('CONTAINER_STATE', 'its conmon is gone and nobody writes its log', { object });
  }
  return {};
}
