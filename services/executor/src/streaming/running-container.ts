import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { requireContainer } from '../container/require-container.js';
import { phaseName } from '../container/phases.js';
import type { ExecutorContext } from '../context.js';

/**
 * @param created also one that was not started yet: its conmon holds its streams already
 * @throws CONTAINER_NOT_FOUND, CONTAINER_STATE
 */
export async function runningContainer(
  context: ExecutorContext,
  id: string,
  created = false,
): Promise<ContainerRecord> {
  const record = await requireContainer(context, id);
  if (created && record.phase === ContainerPhase.CONTAINER_PHASE_CREATED) return record;
  if (record.phase === ContainerPhase.CONTAINER_PHASE_RUNNING) return record;
  throw new SlipwayError('CONTAINER_STATE', `it is ${phaseName(record.phase)}, not RUNNING`, {
    object: `container ${id}`,
  });
}
