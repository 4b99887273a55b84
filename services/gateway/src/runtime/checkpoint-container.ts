import { SlipwayError } from '@slipway/errors';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/**
 * Refused, with the status by which a kubelet tells that a runtime has no checkpoints, and with what stands in the way
 * of one on this host, which the handler's executor has found out.
 */
export const checkpointContainer: RuntimeRpcs['checkpointContainer'] = async (gateway, request) => {
  const { id, handler } = await requireContainer(gateway, request.containerId);
  const info = await gateway.handlers.describe(handler);
  const reason = info?.checkpointsReason || `handler ${handler} takes none`;
  throw new SlipwayError('UNSUPPORTED', `it cannot be checkpointed: ${reason}`, {
    object: `container ${id}`,
    hint: 'leave the ContainerCheckpoint feature of the kubelet off, or run `criu dump` on its process yourself',
  });
};
