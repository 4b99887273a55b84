import { isIP } from 'node:net';
import { SlipwayError } from '@slipway/errors';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/**
 * Kubelets hand over the node's pod CIDR here, one or a comma list of one a family. Where a template of a CNI list is
 * configured, an executor fills it in, as containerd does; else addresses come from the CNI list as it is, and the
 * CIDR is noted. An empty one says nothing.
 */
export const updateRuntimeConfig: RuntimeRpcs['updateRuntimeConfig'] = async (gateway, request, call) => {
  const podCidrs = parsePodCidrs(request.runtimeConfig?.networkConfig?.podCidr ?? '');
  if (podCidrs.length === 0) return {};
  if (!gateway.settings.network.confTemplate) {
    call.log.info({ podCidrs }, 'pod CIDR noted; addresses come from the CNI list');
    return {};
  }
  // Any handler's executor can: they share the directory. The default one's network is what Status tells of.
  const handler = await gateway.handlers.defaultName();
  await call.wait(gateway.executor(handler).updatePodCidr({ podCidrs }, { trace: call.trace }));
  return {};
};

/** Throws INVALID_REQUEST for what is no CIDR. */
export function parsePodCidrs(text: string): string[] {
  const cidrs = text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  for (const cidr of cidrs) {
    const [address = '', prefix = ''] = cidr.split('/', 2);
    const family = isIP(address);
    if (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) {
      throw new SlipwayError('INVALID_REQUEST', `networkConfig.podCidr: ${cidr} is no CIDR`);
    }
  }
  return cidrs;
}
