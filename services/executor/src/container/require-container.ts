import type { ContainerRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { ExecutorContext } from '../context.js';

/** The record of a container. Throws CONTAINER_NOT_FOUND. */
export async function requireContainer(context: ExecutorContext, id: string): Promise<ContainerRecord> {
  const record = await context.records.containers.get(id);
  if (!record)
    throw new SlipwayError('CONTAINER_NOT_FOUND', 'there is no such container', { object: `container ${id}` });
  return record;
}
