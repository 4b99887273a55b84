import { podSandboxMetrics } from '../metrics/pod-sandbox-metrics.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** The items of ListPodSandboxMetrics, a pod a message, because a container has some 20 KB of them. */
export const streamPodSandboxMetrics: RuntimeRpcs['streamPodSandboxMetrics'] = async function* (
  gateway,
  _request,
  call,
) {
  for await (const pod of podSandboxMetrics(gateway, call)) yield { podSandboxMetrics: [pod] };
};
