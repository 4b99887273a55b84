import { SlipwayError } from '@slipway/errors';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Changes the limits of a container that was created or runs. */
export const updateContainerResources: RuntimeRpcs['updateContainerResources'] = async (gateway, request, call) => {
  const container = await requireContainer(gateway, request.containerId);
  const { id, handler } = container;
  const { linux } = request;
  if (!linux) throw new SlipwayError('INVALID_REQUEST', 'linux is missing', { object: `container ${id}` });
  await call.wait(
    (async () => {
      const resources = await gateway.nri.updateContainer(container, linux);
      await gateway.executor(handler).updateContainer({ id, resources }, { trace: call.trace });
      await gateway.nri.happened('postUpdateContainer', id);
    })(),
  );
  return {};
};
