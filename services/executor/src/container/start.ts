import {
  ContainerPhase,
  type ContainerRecord,
  type StartContainerCall,
  type StartContainerResult,
} from '@slipway/contracts';
import { SlipwayError, toSlipwayError } from '@slipway/errors';
import { deadlineIn, nowNanos } from '@slipway/time';
import type { Call, ExecutorContext } from '../context.js';
import { requireContainer } from './require-container.js';
import { killContainer } from './kill.js';
import { moveContainer, phaseName } from './phases.js';

/** The exit code and reason of a container that could not be started, as containerd reports them. */
const startError = { reason: 'StartError', exitCode: 128 };

/**
 * Starts a created container and moves its record to RUNNING. The exit watcher waits for the same lock,
 * so that one that ends immediately is RUNNING before it is EXITED. A container that runs, or
 * that was started and has ended, is success; one whose start failed fails again.
 */
export async function startContainer(
  context: ExecutorContext,
  request: StartContainerCall,
  call: Call,
): Promise<StartContainerResult> {
  const { id } = request;
  const read = (): Promise<ContainerRecord> => requireContainer(context, id);
  const work = (_lost: AbortSignal, record: ContainerRecord): Promise<void> => startLocked(context, record, call);
  await context.records.withLock(`container:${id}`, work, { signal: call.signal, read });
  return {};
}

async function startLocked(context: ExecutorContext, record: ContainerRecord, call: Call): Promise<void> {
  const { id } = record;
  const object = `container ${id}`;
  if (record.phase === ContainerPhase.CONTAINER_PHASE_EXITED && record.reason === startError.reason) {
    throw new SlipwayError('RUNTIME_FAILED', record.message, { object });
  }
  if (record.startedAt !== 0n && record.phase !== ContainerPhase.CONTAINER_INTENT) return;
  if (record.phase !== ContainerPhase.CONTAINER_PHASE_CREATED) {
    throw new SlipwayError('CONTAINER_STATE', `it is ${phaseName(record.phase)}, not CREATED`, { object });
  }
  // Taken before the start: a container that ends immediately has not ended before it was started. Nor was it started before
  // it was created, whatever the wall clock was set to meanwhile.
  const now = nowNanos();
  const startedAt = now > record.createdAt ? now : record.createdAt;
  try {
    await startOnce(context, record, call);
  } catch (error) {
    await fail(context, record, toSlipwayError(error, 'RUNTIME_FAILED', { object }).message);
    throw error;
  }
  await moveContainer(context, id, [ContainerPhase.CONTAINER_PHASE_CREATED], () => ({
    phase: ContainerPhase.CONTAINER_PHASE_RUNNING,
    startedAt,
  }));
  call.log.info({ container: id }, 'container started');
}

/** The runtime starts a container once: a try whose executor was killed may have had it done, and not recorded. */
async function startOnce(context: ExecutorContext, record: ContainerRecord, call: Call): Promise<void> {
  const { id } = record;
  const found = (): void => call.log.info({ container: id }, 'an earlier try had started the container');
  if (await context.runtime.hasStarted(id, call)) return found();
  try {
    await context.holder(record).start(record, call);
  } catch (error) {
    const limits = { ...call, failed: true };
    if (!(await context.runtime.hasStarted(id, limits).catch(() => false))) throw error;
    found();
  }
}

async function fail(context: ExecutorContext, record: ContainerRecord, message: string): Promise<void> {
  await moveContainer(context, record.id, [ContainerPhase.CONTAINER_PHASE_CREATED], () => ({
    ...startError,
    phase: ContainerPhase.CONTAINER_PHASE_EXITED,
    finishedAt: nowNanos(),
    message,
  }));
  // Its init still waits for a start that will not come. The caller's deadline may be what failed the start.
  await killContainer(context, record, { deadline: deadlineIn(10_000) }).catch((error: unknown) => {
    context.log.warn({ container: record.id, err: error }, 'could not end a container whose start failed');
  });
}
