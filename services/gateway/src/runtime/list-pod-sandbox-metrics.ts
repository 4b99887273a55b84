import { madeWhenWritten } from '@slipway/protobuf';
import { podSandboxMetrics } from '../metrics/pod-sandbox-metrics.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** The metrics of every ready pod and its live containers. */
export const listPodSandboxMetrics: NonNullable<RuntimeRpcs['listPodSandboxMetrics']> = async (
  gateway,
  _request,
  call,
) => ({ podMetrics: madeWhenWritten(await podSandboxMetrics(gateway, call)) });
