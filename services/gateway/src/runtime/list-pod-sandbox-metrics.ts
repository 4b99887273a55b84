import type { PodSandboxMetrics } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { podSandboxMetrics } from '../metrics/pod-sandbox-metrics.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** The metrics of every ready pod and its live containers. */
export const listPodSandboxMetrics: NonNullable<RuntimeRpcs['listPodSandboxMetrics']> = async (
  gateway,
  _request,
  call,
) => {
  const podMetrics: Init<PodSandboxMetrics>[] = [];
  for await (const pod of podSandboxMetrics(gateway, call)) podMetrics.push(pod);
  return { podMetrics };
};
