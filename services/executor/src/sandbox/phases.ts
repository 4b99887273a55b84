import type { SandboxPhase, SandboxRecord } from '@slipway/contracts';
import { type Moved, movePhase, sandboxPhaseName } from '@slipway/records';
import { nowNanos } from '@slipway/time';
import type { ExecutorContext } from '../context.js';

export { sandboxPhaseName } from '@slipway/records';

/** Moves a sandbox's record, see movePhase, and tells who listens. */
export async function moveSandbox(
  context: Pick<ExecutorContext, 'records' | 'publish'>,
  id: string,
  from: SandboxPhase,
  change: Partial<SandboxRecord>,
): Promise<Moved<SandboxRecord>> {
  const move = await movePhase(context.records.sandboxes, id, [from], () => change);
  const { moved, record } = move;
  if (moved && record) {
    context.publish('sandbox', { id, sandboxId: id, phase: sandboxPhaseName(record.phase), at: nowNanos() });
  }
  return move;
}
