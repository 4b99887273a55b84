import { podSandboxMetrics } from '../metrics/pod-sandbox-metrics.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** What ListPodSandboxMetrics answers, a pod a message: a container alone has some 20 KB of them. */
export const streamPodSandboxMetrics: NonNullable<RuntimeRpcs['streamPodSandboxMetrics']> = async function* (
  gateway,
  _request,
  call,
) {
  const pods = await podSandboxMetrics(gateway, call);
  for (const pod of pods()) yield { podSandboxMetrics: [pod] };
};
