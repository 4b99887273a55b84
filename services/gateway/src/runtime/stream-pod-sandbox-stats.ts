import { batches } from '../server/batches.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { listPodSandboxStats } from './list-pod-sandbox-stats.js';

/** The items of ListPodSandboxStats, in pieces. */
export const streamPodSandboxStats: RuntimeRpcs['streamPodSandboxStats'] = async function* (gateway, request, call) {
  const { stats = [] } = await listPodSandboxStats(gateway, request, call);
  for (const podSandboxStats of batches(stats)) yield { podSandboxStats };
};
