import { closeSync, constants as files, openSync } from 'node:fs';
import { constants } from 'node:os';
import {
  ContainerPhase,
  type ContainerRecord,
  type CreateContainerCall,
  type CreateContainerResult,
  type RemoveContainerCall,
  type RemoveContainerResult,
  type ReopenContainerLogCall,
  type ReopenContainerLogResult,
  type StartContainerCall,
  type StartContainerResult,
  type StopContainerCall,
  type StopContainerResult,
  type UpdateContainerCall,
  type UpdateContainerResult,
} from '@slipway/contracts';
import { LinuxContainerResources } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { mergeResources, signalNumber } from '@slipway/oci-spec';
import { isLive, movePhase, phaseName } from '@slipway/records';
import { nowNanos } from '@slipway/time';
import type { Call, NullContext } from './context.js';

const {
  CONTAINER_INTENT: INTENT,
  CONTAINER_PHASE_CREATED: CREATED,
  CONTAINER_PHASE_RUNNING: RUNNING,
  CONTAINER_PHASE_EXITED: EXITED,
} = ContainerPhase;

const { SIGKILL, SIGTERM } = constants.signals;

/** Moves a reserved container's record to CREATED. Throws INVALID_REQUEST, CONTAINER_NOT_FOUND, CONTAINER_STATE. */
export async function createContainer(
  context: NullContext,
  { container: built }: CreateContainerCall,
  call: Call,
): Promise<CreateContainerResult> {
  if (!built?.id || !built.bundle) {
    throw new SlipwayError('INVALID_REQUEST', 'the container of the request needs an id and a bundle');
  }
  const { id, bundle, mounts, user, stopSignal, logPath, imageId, imageRef, layers } = built;
  return await locked(context, id, call, async () => {
    const record = await move(context, id, [INTENT], (current) => ({
      ...{ bundle, mounts, user, stopSignal, logPath, imageId, imageRef, layers },
      phase: CREATED,
      createdAt: current.createdAt || nowNanos(),
    }));
    return { container: record };
  });
}

/** Moves the record to RUNNING. One that was started already is success. Throws CONTAINER_NOT_FOUND, CONTAINER_STATE. */
export async function startContainer(
  context: NullContext,
  { id }: StartContainerCall,
  call: Call,
): Promise<StartContainerResult> {
  return await locked(context, id, call, async () => {
    const before = await find(context, id);
    if (before.phase === CREATED) touch(before.logPath);
    const record = await move(context, id, [CREATED], () => ({ phase: RUNNING, startedAt: nowNanos() }));
    if (record.startedAt === 0n || record.phase === INTENT) throw wrongState(record, 'not CREATED');
    return {};
  });
}

/**
 * Moves the record to EXITED, with the code of a process that its stop signal ended, or, without grace, SIGKILL. There is
 * nothing to wait for, so there is no lock. One that has ended, or is not known, is success.
 */
export async function stopContainer(
  context: NullContext,
  { id, graceSeconds }: StopContainerCall,
): Promise<StopContainerResult> {
  await end(context, id, ({ phase, stopSignal }) =>
    graceSeconds <= 0n || phase === CREATED ? SIGKILL : (signalNumber(stopSignal) ?? SIGTERM),
  );
  return {};
}

/** Keeps the container's limits in its record. Throws CONTAINER_NOT_FOUND, CONTAINER_STATE. */
export async function updateContainer(
  context: NullContext,
  { id, resources }: UpdateContainerCall,
  call: Call,
): Promise<UpdateContainerResult> {
  return await locked(context, id, call, async () => {
    const record = await context.records.containers.transition(id, (current) => {
      if (!isLive(current)) return undefined;
      const merged = mergeResources(current.resources, LinuxContainerResources.create(resources));
      return { ...current, resources: merged };
    });
    if (!record) throw notFound(id);
    if (!isLive(record)) throw wrongState(record, 'it has no limits any more');
    return {};
  });
}

/** Ends the container where it runs; there is nothing else of it. */
export async function removeContainer(
  context: NullContext,
  { id }: RemoveContainerCall,
  call: Call,
): Promise<RemoveContainerResult> {
  return await locked(context, id, call, async () => {
    await end(context, id, () => SIGKILL);
    return {};
  });
}

/** Makes the log file anew after a rotation. Nobody writes to it. Throws CONTAINER_NOT_FOUND, CONTAINER_STATE. */
export async function reopenContainerLog(
  context: NullContext,
  { id }: ReopenContainerLogCall,
): Promise<ReopenContainerLogResult> {
  const record = await find(context, id);
  if (record.phase !== RUNNING) throw wrongState(record, 'not RUNNING');
  touch(record.logPath);
  return {};
}

/** The log file is there when a start answers: kubelets look for it. */
function touch(path: string): void {
  if (path === '') return;
  closeSync(openSync(path, files.O_WRONLY | files.O_CREAT | files.O_APPEND, 0o640));
}

/** signal(7): a shell shows 128 and the signal's number for a process that one ended. */
async function end(context: NullContext, id: string, signal: (record: ContainerRecord) => number): Promise<void> {
  const { moved, record } = await movePhase(context.records.containers, id, [CREATED, RUNNING], (current) => ({
    phase: EXITED,
    finishedAt: nowNanos(),
    exitCode: 128 + signal(current),
    reason: 'Error',
  }));
  if (moved && record) tell(context, record);
}

async function move(
  context: NullContext,
  id: string,
  from: readonly ContainerPhase[],
  change: (current: ContainerRecord) => Partial<ContainerRecord>,
): Promise<ContainerRecord> {
  const { moved, record } = await movePhase(context.records.containers, id, from, change);
  if (!record) throw notFound(id);
  if (moved) tell(context, record);
  return record;
}

function tell(context: NullContext, { id, sandboxId, phase }: ContainerRecord): void {
  context.publish('container', { id, sandboxId, phase: phaseName(phase), at: nowNanos() });
}

async function find(context: NullContext, id: string): Promise<ContainerRecord> {
  const record = await context.records.containers.get(id);
  if (!record) throw notFound(id);
  return record;
}

function locked<T>(context: NullContext, id: string, { signal }: Call, work: () => Promise<T>): Promise<T> {
  return context.records.withLock(`container:${id}`, work, { signal });
}

function notFound(id: string): SlipwayError {
  return new SlipwayError('CONTAINER_NOT_FOUND', 'there is no such container', { object: `container ${id}` });
}

function wrongState({ id, phase }: ContainerRecord, why: string): SlipwayError {
  return new SlipwayError('CONTAINER_STATE', `it is ${phaseName(phase)}: ${why}`, { object: `container ${id}` });
}
