import { ContainerPhase } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import type { Gateway } from '../context.js';
import { requireContainer, requireSandbox } from '../ids.js';
import { type GetTaskRequest, type GetTaskResponse, Status } from './gen/tasks.js';

const statuses: Partial<Record<ContainerPhase, Status>> = {
  [ContainerPhase.CONTAINER_PHASE_CREATED]: Status.CREATED,
  [ContainerPhase.CONTAINER_PHASE_RUNNING]: Status.RUNNING,
};

/**
 * Answers the first process of a container, or of a sandbox's infra container. cAdvisor reads the network counters of
 * the namespace that it is in.
 *
 * @throws SlipwayError CONTAINER_NOT_FOUND for one that does not run (any more): cAdvisor asks again, and then leaves it out
 */
export async function getTask(gateway: Gateway, { containerId: id }: GetTaskRequest): Promise<Init<GetTaskResponse>> {
  if (await gateway.records.sandboxes.get(id)) {
    const { infra } = await requireSandbox(gateway, id);
    if (infra) return { process: { id, pid: infra.pid, status: Status.RUNNING } };
  } else {
    const { pid, phase } = await requireContainer(gateway, id);
    const status = statuses[phase];
    if (status !== undefined) return { process: { id, pid, status } };
  }
  throw new SlipwayError('CONTAINER_NOT_FOUND', 'no process of it runs', { object: `container ${id}` });
}
