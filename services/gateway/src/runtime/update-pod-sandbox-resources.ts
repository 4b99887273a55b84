import { requireSandbox } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Says what a pod needs by now; its executor limits the pod's cgroup where that is ours. */
export const updatePodSandboxResources: RuntimeRpcs['updatePodSandboxResources'] = async (
  gateway,
  { podSandboxId, overhead, resources },
  call,
) => {
  const sandbox = await requireSandbox(gateway, podSandboxId);
  const { id, handler } = sandbox;
  await call.wait(
    (async () => {
      await gateway.nri.updatePodSandbox(sandbox, overhead, resources);
      await gateway.executor(handler).updateSandbox({ id, overhead, resources }, { trace: call.trace });
      await gateway.nri.postUpdatePodSandbox(sandbox);
    })(),
  );
  return {};
};
