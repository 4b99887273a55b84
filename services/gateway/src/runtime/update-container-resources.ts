import { SlipwayError } from '@slipway/errors';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Changes the limits of a container that was created or runs. */
export const updateContainerResources: NonNullable<RuntimeRpcs['updateContainerResources']> = async (
  gateway,
  request,
  call,
) => {
  const { id, handler } = await requireContainer(gateway, request.containerId);
  if (!request.linux) throw new SlipwayError('INVALID_REQUEST', 'linux is missing', { object: `container ${id}` });
  const work = gateway.executor(handler).updateContainer({ id, resources: request.linux }, { trace: call.trace });
  await call.wait(work);
  return {};
};
