import { SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import type { ExecutorContext } from '../context.js';
import { nowNanos } from '../time.js';

const names = new Map<SandboxPhase, string>([
  [SandboxPhase.SANDBOX_INTENT, 'INTENT'],
  [SandboxPhase.SANDBOX_READY, 'READY'],
  [SandboxPhase.SANDBOX_NOT_READY, 'NOT_READY'],
  [SandboxPhase.SANDBOX_REMOVING, 'REMOVING'],
]);

export function sandboxPhaseName(phase: SandboxPhase): string {
  return names.get(phase) ?? String(phase);
}

export interface SandboxMove {
  /** Whether it was this call that moved the record. */
  moved: boolean;
  /** The record now in force. */
  record: SandboxRecord | undefined;
}

/** Moves a sandbox's record from one phase in one compare-and-set, and tells who listens. One in another phase is left. */
export async function moveSandbox(
  context: Pick<ExecutorContext, 'records' | 'publish'>,
  id: string,
  from: SandboxPhase,
  change: Partial<SandboxRecord>,
): Promise<SandboxMove> {
  let moved = false;
  const record = await context.records.sandboxes.transition(id, (current) => {
    moved = current.phase === from;
    return moved ? { ...current, ...change } : undefined;
  });
  if (!moved || !record) return { moved: false, record };
  context.publish('sandbox', { id, sandboxId: id, phase: sandboxPhaseName(record.phase), at: nowNanos() });
  return { moved, record };
}
