import { ContainerPhase, type ContainerRecord, type LifecycleEvent } from '@slipway/contracts';
import type { ExecutorContext } from '../context.js';
import { nowNanos } from '../time.js';

const names = new Map<ContainerPhase, string>([
  [ContainerPhase.CONTAINER_INTENT, 'INTENT'],
  [ContainerPhase.CONTAINER_PHASE_CREATED, 'CREATED'],
  [ContainerPhase.CONTAINER_PHASE_RUNNING, 'RUNNING'],
  [ContainerPhase.CONTAINER_PHASE_EXITED, 'EXITED'],
  [ContainerPhase.CONTAINER_PHASE_REMOVING, 'REMOVING'],
]);

export function phaseName(phase: ContainerPhase): string {
  return names.get(phase) ?? String(phase);
}

/** Whether the container has, or may have, processes. */
export function isLive(record: ContainerRecord): boolean {
  return (
    record.phase === ContainerPhase.CONTAINER_PHASE_CREATED || record.phase === ContainerPhase.CONTAINER_PHASE_RUNNING
  );
}

export interface Move {
  /** Whether it was this call that moved the record. */
  moved: boolean;
  /** The record now in force. */
  record: ContainerRecord | undefined;
}

/**
 * Moves a container's record from one of the phases `from` to what `change` makes of it, in one
 * compare-and-set, and tells who listens. A record in another phase is left as it is.
 */
export async function moveContainer(
  context: Pick<ExecutorContext, 'records' | 'publish'>,
  id: string,
  from: readonly ContainerPhase[],
  change: (current: ContainerRecord) => Partial<ContainerRecord>,
): Promise<Move> {
  let moved = false;
  const record = await context.records.containers.transition(id, (current) => {
    // Runs anew when somebody else was faster: only the last run counts.
    moved = from.includes(current.phase);
    return moved ? { ...current, ...change(current) } : undefined;
  });
  if (moved && record) context.publish('container', lifecycleEvent(record));
  return { moved: moved && record !== undefined, record };
}

function lifecycleEvent(record: ContainerRecord): LifecycleEvent {
  return { id: record.id, sandboxId: record.sandboxId, phase: phaseName(record.phase), at: nowNanos() };
}
