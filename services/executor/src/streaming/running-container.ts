import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { findContainer } from '../container/find.js';
import { phaseName } from '../container/phases.js';
import type { ExecutorContext } from '../context.js';

/** Throws CONTAINER_NOT_FOUND, CONTAINER_STATE. */
export async function runningContainer(context: ExecutorContext, id: string): Promise<ContainerRecord> {
  const record = await findContainer(context, id);
  if (record.phase === ContainerPhase.CONTAINER_PHASE_RUNNING) return record;
  throw new SlipwayError('CONTAINER_STATE', `it is ${phaseName(record.phase)}, not RUNNING`, {
    object: `container ${id}`,
  });
}
