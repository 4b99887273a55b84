import { PodSandboxMetrics } from '@slipway/cri';
import { type Init, withEncoded } from '@slipway/protobuf';
import { podSandboxMetrics } from '../metrics/pod-sandbox-metrics.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/**
 * The metrics of every ready pod and its live containers. Each pod's are encoded when they are made: megabytes of small
 * objects would hold up other calls while they are written, and the collector behind.
 */
export const listPodSandboxMetrics: RuntimeRpcs['listPodSandboxMetrics'] = async (gateway, _request, call) => {
  const podMetrics: Init<PodSandboxMetrics>[] = [];
  for await (const pod of podSandboxMetrics(gateway, call)) podMetrics.push(withEncoded(PodSandboxMetrics.encode(pod)));
  return { podMetrics };
};
