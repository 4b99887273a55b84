import { ContainerPhase, SandboxPhase } from '@slipway/contracts';
import { ContainerEventType } from '@slipway/cri';
import type { Change } from '@slipway/records';

const { CONTAINER_CREATED_EVENT, CONTAINER_STARTED_EVENT, CONTAINER_STOPPED_EVENT, CONTAINER_DELETED_EVENT } =
  ContainerEventType;

/**
 * A change in the CRI's words. A sandbox is created and started in one step, and stops once, whether it was stopped or
 * is removed; a container that is removed while it runs has ended before.
 */
export function eventTypes(change: Pick<Change, 'kind' | 'before' | 'after'>): ContainerEventType[] {
  const { before, after } = change;
  if (after === undefined) {
    return isUp(change.kind, before) ? [CONTAINER_STOPPED_EVENT, CONTAINER_DELETED_EVENT] : [CONTAINER_DELETED_EVENT];
  }
  if (change.kind === 'sandboxes' && after === SandboxPhase.SANDBOX_READY) {
    return [CONTAINER_CREATED_EVENT, CONTAINER_STARTED_EVENT];
  }
  if (change.kind === 'containers' && after === ContainerPhase.CONTAINER_PHASE_CREATED) {
    return [CONTAINER_CREATED_EVENT];
  }
  if (change.kind === 'containers' && after === ContainerPhase.CONTAINER_PHASE_RUNNING) {
    return [CONTAINER_STARTED_EVENT];
  }
  return isUp(change.kind, before) ? [CONTAINER_STOPPED_EVENT] : [];
}

function isUp(kind: Change['kind'], phase: number): boolean {
  return kind === 'sandboxes'
    ? phase === SandboxPhase.SANDBOX_READY
    : phase === ContainerPhase.CONTAINER_PHASE_CREATED || phase === ContainerPhase.CONTAINER_PHASE_RUNNING;
}
