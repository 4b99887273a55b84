import { batches } from '../server/batches.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { listContainers } from './list-containers.js';

/** The items of ListContainers, in pieces. */
export const streamContainers: RuntimeRpcs['streamContainers'] = async function* (gateway, request, call) {
  const { containers = [] } = await listContainers(gateway, request, call);
  for (const batch of batches(containers)) yield { containers: batch };
};
