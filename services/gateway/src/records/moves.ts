import {
  ContainerPhase,
  type ContainerRecord,
  LifecycleEvent,
  type MoveContainerRequest,
  type MoveContainerResponse,
  type MoveSandboxRequest,
  type MoveSandboxResponse,
  SandboxPhase,
  type SandboxRecord,
} from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { movePhase, phaseName, sandboxPhaseName } from '@slipway/records';
import { nowNanos } from '@slipway/time';
import type { Gateway } from '../context.js';

/** The steps that are an executor's (records.proto); each phase may also be kept. INTENT and REMOVING are the gateway's. */
const sandboxSteps = new Map<SandboxPhase, readonly SandboxPhase[]>([
  [SandboxPhase.SANDBOX_INTENT, [SandboxPhase.SANDBOX_READY]],
  [SandboxPhase.SANDBOX_READY, [SandboxPhase.SANDBOX_READY, SandboxPhase.SANDBOX_NOT_READY]],
]);
const containerSteps = new Map<ContainerPhase, readonly ContainerPhase[]>([
  [ContainerPhase.CONTAINER_INTENT, [ContainerPhase.CONTAINER_PHASE_CREATED]],
  [
    ContainerPhase.CONTAINER_PHASE_CREATED,
    [
      ContainerPhase.CONTAINER_PHASE_CREATED,
      ContainerPhase.CONTAINER_PHASE_RUNNING,
      ContainerPhase.CONTAINER_PHASE_EXITED,
    ],
  ],
  [
    ContainerPhase.CONTAINER_PHASE_RUNNING,
    [ContainerPhase.CONTAINER_PHASE_RUNNING, ContainerPhase.CONTAINER_PHASE_EXITED],
  ],
]);

/** Moves a sandbox's record for the executor of its handler. Throws SANDBOX_NOT_FOUND, INVALID_REQUEST. */
export async function moveSandbox(gateway: Gateway, request: MoveSandboxRequest): Promise<MoveSandboxResponse> {
  const { id, from, change } = request;
  const object = `sandbox ${id}`;
  if (!change) throw new SlipwayError('INVALID_REQUEST', 'no change is given', { object });
  requireSteps(object, from, change.phase, sandboxSteps, sandboxPhaseName);
  const { moved, record } = await movePhase(gateway.records.sandboxes, id, from, (current) => {
    requireOwner(object, request.handler, current.handler);
    const { phase, ips, namespaces, directory, cgroupParent, infra, reason } = change;
    return { phase, ...given<SandboxRecord>({ ips, namespaces, directory, cgroupParent, infra, reason }) };
  });
  if (!record) throw new SlipwayError('SANDBOX_NOT_FOUND', 'it has no record', { object });
  if (moved) {
    const event = { id, sandboxId: id, phase: sandboxPhaseName(record.phase), at: nowNanos() };
    gateway.bus.publishEvent('sandbox', LifecycleEvent, event);
  }
  return { moved, sandbox: record };
}

/** As moveSandbox, for a container. Throws CONTAINER_NOT_FOUND, INVALID_REQUEST. */
export async function moveContainer(gateway: Gateway, request: MoveContainerRequest): Promise<MoveContainerResponse> {
  const { id, from, change } = request;
  const object = `container ${id}`;
  if (!change) throw new SlipwayError('INVALID_REQUEST', 'no change is given', { object });
  requireSteps(object, from, change.phase, containerSteps, phaseName);
  const { moved, record } = await movePhase(gateway.records.containers, id, from, (current) => {
    requireOwner(object, request.handler, current.handler);
    return { phase: change.phase, ...given(containerChange(change)) };
  });
  if (!record) throw new SlipwayError('CONTAINER_NOT_FOUND', 'it has no record', { object });
  if (moved) {
    const event = { id, sandboxId: record.sandboxId, phase: phaseName(record.phase), at: nowNanos() };
    gateway.bus.publishEvent('container', LifecycleEvent, event);
  }
  return { moved, container: record };
}

function containerChange(change: ContainerRecord): Partial<ContainerRecord> {
  const { startedAt, finishedAt, exitCode, reason, message, pid, startTicks } = change;
  const { stopSignalledAt, stopSignalledUptime } = change;
  const { bundle, mounts, user, stopSignal, logPath, imageId, imageRef, layers, resources } = change;
  return {
    ...{ startedAt, finishedAt, exitCode, reason, message, pid, startTicks, stopSignalledAt, stopSignalledUptime },
    ...{ bundle, mounts, user, stopSignal, logPath, imageId, imageRef, layers, resources },
  };
}

function requireSteps<P extends number>(
  object: string,
  from: readonly P[],
  to: P,
  steps: ReadonlyMap<P, readonly P[]>,
  nameOf: (phase: P) => string,
): void {
  const wrong = from.find((phase) => !steps.get(phase)?.includes(to));
  if (from.length > 0 && wrong === undefined) return;
  const step = wrong === undefined ? `to ${nameOf(to)} from no phase` : `from ${nameOf(wrong)} to ${nameOf(to)}`;
  throw new SlipwayError('INVALID_REQUEST', `an executor does not move a record ${step}`, {
    object,
    hint: 'the phases and who moves them are drawn in proto/slipway/v1/records.proto',
  });
}

function requireOwner(object: string, caller: string, owner: string): void {
  if (caller === owner) return;
  throw new SlipwayError('INVALID_REQUEST', `it belongs to the handler ${owner}, not to ${caller || 'none'}`, {
    object,
  });
}

/** Fields that are not at their zero value (proto3): the rest of the record stays. */
function given<T extends object>(change: Partial<T>): Partial<T> {
  const isZero = (value: unknown): boolean =>
    value === undefined ||
    value === '' ||
    value === 0 ||
    value === 0n ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(change).filter(([, value]) => !isZero(value))) as Partial<T>;
}
