import { batches } from '../server/batches.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { listContainerStats } from './list-container-stats.js';

/** The items of ListContainerStats, in pieces. */
export const streamContainerStats: RuntimeRpcs['streamContainerStats'] = async function* (gateway, request, call) {
  const { stats = [] } = await listContainerStats(gateway, request, call);
  for (const containerStats of batches(stats)) yield { containerStats };
};
