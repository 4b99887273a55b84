import {
  ContainerPhase,
  type ContainerRecord,
  type StopContainerCall,
  type StopContainerResult,
} from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Call, ExecutorContext } from '../context.js';
import { nowNanos } from '../time.js';
import { killContainer, signalContainer } from './kill.js';
import { isLive } from './phases.js';
import { signalNumber } from './signals.js';

const SIGTERM = 15;

/**
 * Ends a container: its stop signal, once, then SIGKILL after the grace of this call. It takes no lock, so that a
 * second call with a shorter grace has its say while the first one waits. Answers when
 * the record is EXITED; a container that has ended, or is not known, is success.
 */
export async function stopContainer(
  context: ExecutorContext,
  request: StopContainerCall,
  call: Call,
): Promise<StopContainerResult> {
  const { id } = request;
  const record = await context.exits.settle(id);
  if (!record || !isLive(record)) return {};
  const graceMs = Number(request.graceSeconds) * 1000;
  // The init of a created container is still the runtime's and heeds no signal of the image.
  if (graceMs > 0 && record.phase === ContainerPhase.CONTAINER_PHASE_RUNNING) {
    await sendStopSignal(context, record, call);
    const until = Math.min(Date.now() + graceMs, call.deadline);
    if (await context.exits.wait(id, { deadline: until, signal: call.signal })) return {};
    if (Date.now() >= call.deadline) throw notEnded(id);
  }
  await killContainer(context, record, call);
  if (!(await context.exits.wait(id, call))) throw notEnded(id);
  call.log.info({ container: id }, 'container stopped');
  return {};
}

/** The compare-and-set decides which of several calls, of several instances, sends it. */
async function sendStopSignal(context: ExecutorContext, record: ContainerRecord, call: Call): Promise<void> {
  let ours = false;
  const now = await context.records.containers.transition(record.id, (current) => {
    ours = current.phase === ContainerPhase.CONTAINER_PHASE_RUNNING && current.stopSignalledAt === 0n;
    return ours ? { ...current, stopSignalledAt: nowNanos() } : undefined;
  });
  if (!ours || !now) return;
  const number = signalNumber(record.stopSignal || 'SIGTERM');
  if (number === undefined) {
    call.log.warn(
      { container: record.id, signal: record.stopSignal },
      'the stop signal is unknown, SIGTERM takes its place',
    );
  }
  await signalContainer(context, record, number ?? SIGTERM, call);
}

function notEnded(id: string): SlipwayError {
  return new SlipwayError('DEADLINE', 'it has not ended yet', { object: `container ${id}` });
}
