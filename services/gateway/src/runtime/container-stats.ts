import { toContainerStats } from '../convert/stats.js';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { collectSamples } from '../stats/collect.js';

/** Usage of a container. A container that does not run has only its writable layer. */
export const containerStats: RuntimeRpcs['containerStats'] = async (gateway, request, call) => {
  const record = await requireContainer(gateway, request.containerId);
  const samples = await collectSamples(gateway, { containers: [record] }, call);
  return { stats: toContainerStats(record, samples) };
};
