import type { ContainerPhase, ContainerRecord } from '@slipway/contracts';
import { type Moved, movePhase, phaseName } from '@slipway/records';
import { nowNanos } from '@slipway/time';
import type { ExecutorContext } from '../context.js';

export { isLive, phaseName } from '@slipway/records';

/** Moves under way in this process, by container: the last one to begin. */
const underWay = new Map<string, Promise<unknown>>();

/**
 * Moves a container's record, see movePhase, and tells who listens. A move shows in Redis before it is on disk as well,
 * so that the next one can end first: events of one container are published in the order in which its moves began.
 */
export async function moveContainer(
  context: Pick<ExecutorContext, 'records' | 'publish'>,
  id: string,
  from: readonly ContainerPhase[],
  change: (current: ContainerRecord) => Partial<ContainerRecord>,
): Promise<Moved<ContainerRecord>> {
  const before = underWay.get(id);
  const work = moveAndTell(context, id, from, change, before);
  underWay.set(id, work);
  try {
    return await work;
  } finally {
    if (underWay.get(id) === work) underWay.delete(id);
  }
}

async function moveAndTell(
  context: Pick<ExecutorContext, 'records' | 'publish'>,
  id: string,
  from: readonly ContainerPhase[],
  change: (current: ContainerRecord) => Partial<ContainerRecord>,
  before: Promise<unknown> | undefined,
): Promise<Moved<ContainerRecord>> {
  const move = await movePhase(context.records.containers, id, from, change);
  await before?.catch(() => undefined);
  const { moved, record } = move;
  if (moved && record) {
    const { sandboxId, phase } = record;
    context.publish('container', { id, sandboxId, phase: phaseName(phase), at: nowNanos() });
  }
  return move;
}
