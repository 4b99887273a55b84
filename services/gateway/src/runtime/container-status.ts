import { toContainerStatus } from '../convert/container.js';
import { toJson } from '../convert/json.js';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

export const containerStatus: RuntimeRpcs['containerStatus'] = async (gateway, request) => {
  const record = await requireContainer(gateway, request.containerId);
  const image = await gateway.records.images.get(record.imageId);
  const { pid, sandboxId, handler, bundle, config, imageId, imageRef } = record;
  // The names that crictl's users know from other runtimes.
  const info = { sandboxID: sandboxId, pid, runtimeType: handler, image: imageRef, imageID: imageId, bundle, config };
  return {
    status: toContainerStatus(record, image),
    info: request.verbose ? { info: toJson(info) } : {},
  };
};
