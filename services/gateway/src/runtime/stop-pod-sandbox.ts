import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import type { TraceContext } from '@slipway/stage';
import type { Gateway } from '../context.js';
import { findSandbox } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/**
 * Stops a sandbox: what still runs in it is killed, then its network is detached and
 * its namespaces are released. Safe to repeat; a missing sandbox is success.
 */
export const stopPodSandbox: RuntimeRpcs['stopPodSandbox'] = async (gateway, request, call) => {
  const sandbox = await findSandbox(gateway, request.podSandboxId);
  if (!sandbox) return {};
  const { trace } = call;
  await call.wait(
    (async () => {
      await killContainers(gateway, sandbox.id, trace);
      await gateway.nri.stopPodSandbox(sandbox);
      await gateway
        .executor(sandbox.handler)
        .stopSandbox({ id: sandbox.id }, { operation: `stop/${sandbox.id}`, trace });
    })(),
  );
  return {};
};

/** The kubelet stops containers with their grace before this; what is left has none (CRI, StopPodSandbox). */
async function killContainers(gateway: Gateway, sandboxId: string, trace: TraceContext): Promise<void> {
  const left = (await containersOf(gateway, sandboxId)).filter(
    ({ phase }) => phase === ContainerPhase.CONTAINER_PHASE_RUNNING || phase === ContainerPhase.CONTAINER_PHASE_CREATED,
  );
  await Promise.all(
    left.map(async ({ id, handler }) => {
      const options = { operation: `stop/${id}/0`, share: sandboxId, trace };
      await gateway.executor(handler).stopContainer({ id, graceSeconds: 0n }, options);
      await gateway.nri.stopped(id);
    }),
  );
}

/** Every container of a sandbox, those that are being made included. */
export async function containersOf(gateway: Gateway, sandboxId: string): Promise<ContainerRecord[]> {
  return (await gateway.records.containers.list()).filter((record) => record.sandboxId === sandboxId);
}
