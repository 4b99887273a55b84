import type { RuntimeRpcs } from '../server/rpc-table.js';

/**
 * Kubelets up to 1.2x hand over the node's pod CIDR here. Slipway takes pod addresses
 * from the CNI list alone, as containerd and CRI-O do without a template: it is noted
 * and changes nothing.
 */
export const updateRuntimeConfig: NonNullable<RuntimeRpcs['updateRuntimeConfig']> = async (_gateway, request, call) => {
  const cidr = request.runtimeConfig?.networkConfig?.podCidr;
  if (cidr) call.log.info({ podCidr: cidr }, 'pod CIDR noted; addresses come from the CNI list');
  return {};
};
