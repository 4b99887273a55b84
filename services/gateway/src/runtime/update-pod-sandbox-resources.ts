import { requireSandbox } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Says what a pod needs by now; its executor limits the pod's cgroup where that is ours. */
export const updatePodSandboxResources: NonNullable<RuntimeRpcs['updatePodSandboxResources']> = async (
  gateway,
  { podSandboxId, overhead, resources },
  call,
) => {
  const { id, handler } = await requireSandbox(gateway, podSandboxId);
  await call.wait(gateway.executor(handler).updateSandbox({ id, overhead, resources }, { trace: call.trace }));
  return {};
};
