import type { ContainerPhase, ContainerRecord } from '@slipway/contracts';
import { type Moved, movePhase, phaseName } from '@slipway/records';
import { nowNanos } from '@slipway/time';
import type { ExecutorContext } from '../context.js';

export { isLive, phaseName } from '@slipway/records';

/** Moves a container's record, see movePhase, and tells who listens. */
export async function moveContainer(
  context: Pick<ExecutorContext, 'records' | 'publish'>,
  id: string,
  from: readonly ContainerPhase[],
  change: (current: ContainerRecord) => Partial<ContainerRecord>,
): Promise<Moved<ContainerRecord>> {
  const move = await movePhase(context.records.containers, id, from, change);
  const { moved, record } = move;
  if (moved && record) {
    const { sandboxId, phase } = record;
    context.publish('container', { id, sandboxId, phase: phaseName(phase), at: nowNanos() });
  }
  return move;
}
