import { toPodSandboxStats } from '../convert/stats.js';
import { requireSandbox } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { collectSamples } from '../stats/collect.js';
import { containersOf } from '../stats/select.js';

/** Usage of a pod and of each of its containers. A pod that is not ready has no figures of its own. */
export const podSandboxStats: RuntimeRpcs['podSandboxStats'] = async (gateway, request, call) => {
  const record = await requireSandbox(gateway, request.podSandboxId);
  const containers = await containersOf(gateway, [record]);
  const samples = await collectSamples(gateway, { containers, sandboxes: [record] }, call);
  return { stats: toPodSandboxStats(record, containers, samples) };
};
