import { toContainerStats } from '../convert/stats.js';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { collectSamples } from '../stats/collect.js';

/** What one container uses. One that does not run has its writable layer alone. */
export const containerStats: NonNullable<RuntimeRpcs['containerStats']> = async (gateway, request, call) => {
  const record = await requireContainer(gateway, request.containerId);
  const samples = await collectSamples(gateway, { containers: [record] }, call);
  return { stats: toContainerStats(record, samples) };
};
