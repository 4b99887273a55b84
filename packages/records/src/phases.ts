import { ContainerPhase, type ContainerRecord, SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import type { RecordTable } from './table.js';

const containerNames = new Map<ContainerPhase, string>([
  [ContainerPhase.CONTAINER_INTENT, 'INTENT'],
  [ContainerPhase.CONTAINER_PHASE_CREATED, 'CREATED'],
  [ContainerPhase.CONTAINER_PHASE_RUNNING, 'RUNNING'],
  [ContainerPhase.CONTAINER_PHASE_EXITED, 'EXITED'],
]);

const sandboxNames = new Map<SandboxPhase, string>([
  [SandboxPhase.SANDBOX_INTENT, 'INTENT'],
  [SandboxPhase.SANDBOX_READY, 'READY'],
  [SandboxPhase.SANDBOX_NOT_READY, 'NOT_READY'],
  [SandboxPhase.SANDBOX_REMOVING, 'REMOVING'],
]);

/** A phase in the word that people and events have for it. */
export function phaseName(phase: ContainerPhase): string {
  return containerNames.get(phase) ?? String(phase);
}

/** As phaseName, of a sandbox. */
export function sandboxPhaseName(phase: SandboxPhase): string {
  return sandboxNames.get(phase) ?? String(phase);
}

/** Whether the container has, or may have, processes. */
export function isLive(record: Pick<ContainerRecord, 'phase'>): boolean {
  return (
    record.phase === ContainerPhase.CONTAINER_PHASE_CREATED || record.phase === ContainerPhase.CONTAINER_PHASE_RUNNING
  );
}

export interface Moved<T> {
  /** Whether it was this call that moved the record. */
  moved: boolean;
  /** The record now in force. */
  record: T | undefined;
}

/** Moves a record from one of the phases `from` to what `change` makes of it, in one compare-and-set. A record in another phase is left. */
export async function movePhase<T extends ContainerRecord | SandboxRecord>(
  table: RecordTable<T>,
  id: string,
  from: readonly T['phase'][],
  change: (current: T) => Partial<T>,
): Promise<Moved<T>> {
  let moved = false;
  const record = await table.transition(id, (current) => {
    // Runs again when somebody else was faster: only the last run counts.
    moved = from.includes(current.phase);
    return moved ? { ...current, ...change(current) } : undefined;
  });
  return { moved: moved && record !== undefined, record };
}
