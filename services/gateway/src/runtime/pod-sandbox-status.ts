import { ContainerPhase } from '@slipway/contracts';
import { nowNanos } from '@slipway/time';
import { toContainerStatus } from '../convert/container.js';
import { toJson } from '../convert/json.js';
import { toPodSandboxStatus } from '../convert/sandbox.js';
import { requireSandbox } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Reads only the records, so that it also answers while the sandbox's network is being removed. */
export const podSandboxStatus: RuntimeRpcs['podSandboxStatus'] = async (gateway, request) => {
  const sandbox = await requireSandbox(gateway, request.podSandboxId);
  const [containers, images] = await Promise.all([gateway.records.containers.list(), gateway.records.images.list()]);
  const own = containers.filter(
    (record) => record.sandboxId === sandbox.id && record.phase !== ContainerPhase.CONTAINER_INTENT,
  );
  const { infra, namespaces, handler: runtimeType, runtimeHandler, cgroupParent, reason, config } = sandbox;
  // A pid of 0 is that of a sandbox without a process of its own.
  const info = { pid: infra?.pid ?? 0, runtimeType, runtimeHandler, namespaces, cgroupParent, reason, config };
  return {
    status: toPodSandboxStatus(sandbox),
    containersStatuses: own.map((record) =>
      toContainerStatus(
        record,
        images.find((image) => image.id === record.imageId),
      ),
    ),
    timestamp: nowNanos(),
    info: request.verbose ? { info: toJson(info) } : {},
  };
};
