import { toContainerStatus } from '../convert/container.js';
import { toJson } from '../convert/json.js';
import { requireContainer } from '../ids.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

export const containerStatus: NonNullable<RuntimeRpcs['containerStatus']> = async (gateway, request) => {
  const record = await requireContainer(gateway, request.containerId);
  const image = await gateway.records.images.get(record.imageId);
  const { pid, sandboxId, handler, bundle, config } = record;
  return {
    status: toContainerStatus(record, image),
    info: request.verbose ? { info: toJson({ pid, sandboxID: sandboxId, handler, bundle, config }) } : {},
  };
};
