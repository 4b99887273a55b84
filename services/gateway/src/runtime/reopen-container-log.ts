import { ContainerPhase } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Has the log file opened again after the kubelet rotated it. */
export const reopenContainerLog: RuntimeRpcs['reopenContainerLog'] = async (gateway, request, call) => {
  const { id, handler, phase } = await requireContainer(gateway, request.containerId);
  if (phase !== ContainerPhase.CONTAINER_PHASE_RUNNING) {
    throw new SlipwayError('CONTAINER_STATE', 'the container does not run', { object: `container ${id}` });
  }
  await gateway.executor(handler).reopenContainerLog({ id }, { signal: call.signal, trace: call.trace });
  return {};
};
