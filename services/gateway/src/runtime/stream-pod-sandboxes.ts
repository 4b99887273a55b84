import { batches } from '../server/batches.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { listPodSandbox } from './list-pod-sandbox.js';

/** The items of ListPodSandbox, in pieces. */
export const streamPodSandboxes: RuntimeRpcs['streamPodSandboxes'] = async function* (gateway, request, call) {
  const { items = [] } = await listPodSandbox(gateway, request, call);
  for (const podSandboxes of batches(items)) yield { podSandboxes };
};
