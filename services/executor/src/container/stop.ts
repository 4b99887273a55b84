import { ContainerPhase, type StopContainerCall, type StopContainerResult } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { deadlineIn, earlier, hasPassed } from '@slipway/time';
import type { ExecutorContext, WaitingCall } from '../context.js';
import { killContainer } from './kill.js';
import { isLive } from './phases.js';

/**
 * Ends a container: its stop signal, once, then SIGKILL when the grace of this call is over, which counts from that
 * signal. It takes no lock, so that a second call with a shorter grace has its say while the first one waits. Answers
 * when the record is EXITED, and holds no place of the stage while it waits; a container that has ended, or is not known, is success.
 */
export async function stopContainer(
  context: ExecutorContext,
  request: StopContainerCall,
  call: WaitingCall,
): Promise<StopContainerResult> {
  const { id } = request;
  const record = await context.exits.settle(id);
  if (!record || !isLive(record)) return {};
  const graceMs = Number(request.graceSeconds) * 1000;
  // The init of a created container is still the runtime's and heeds no signal of the image.
  if (graceMs > 0 && record.phase === ContainerPhase.CONTAINER_PHASE_RUNNING) {
    const left = graceMs - (await context.stopSignals.send(context, record, call));
    const until = earlier(deadlineIn(left), call.deadline);
    const ended = await call.idle(() => context.exits.wait(id, { deadline: until, signal: call.signal }));
    if (ended) return {};
    if (hasPassed(call.deadline)) throw notEnded(id);
  }
  await killContainer(context, record, call);
  if (!(await call.idle(() => context.exits.wait(id, call)))) throw notEnded(id);
  call.log.info({ container: id }, 'container stopped');
  return {};
}

function notEnded(id: string): SlipwayError {
  return new SlipwayError('DEADLINE', 'it has not ended yet', { object: `container ${id}` });
}
