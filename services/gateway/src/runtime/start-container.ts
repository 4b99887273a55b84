import { ContainerPhase } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Starts a created container. A container that runs already is the answer to a retried call. */
export const startContainer: RuntimeRpcs['startContainer'] = async (gateway, request, call) => {
  const container = await requireContainer(gateway, request.containerId);
  const { id, handler, phase, sandboxId: share } = container;
  if (phase === ContainerPhase.CONTAINER_PHASE_RUNNING) return {};
  if (phase !== ContainerPhase.CONTAINER_PHASE_CREATED) {
    throw new SlipwayError('CONTAINER_STATE', 'the container has run already', { object: `container ${id}` });
  }
  await call.wait(
    (async () => {
      await gateway.nri.startContainer(container);
      const options = { operation: `start/${id}`, share, trace: call.trace };
      await gateway.executor(handler).startContainer({ id }, options);
      await gateway.nri.happened('postStartContainer', id);
    })(),
  );
  return {};
};
