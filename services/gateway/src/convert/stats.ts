import type { ContainerRecord, SandboxRecord } from '@slipway/contracts';
import type { ContainerStats, PodSandboxStats } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import type { Samples } from '../stats/collect.js';

/** What a container uses; what is not known of it (it does not run, or nobody could say) is absent. */
export function toContainerStats(record: ContainerRecord, samples: Samples): Init<ContainerStats> {
  const { id, config } = record;
  return {
    ...samples.containers.get(id)?.stats,
    attributes: { id, metadata: config?.metadata, labels: config?.labels, annotations: config?.annotations },
  };
}

/** What a pod uses as a whole, and each of its containers. */
export function toPodSandboxStats(
  record: SandboxRecord,
  containers: readonly ContainerRecord[],
  samples: Samples,
): Init<PodSandboxStats> {
  const { id, config } = record;
  return {
    attributes: { id, metadata: config?.metadata, labels: config?.labels, annotations: config?.annotations },
    linux: {
      ...samples.sandboxes.get(id)?.stats,
      containers: containers.map((container) => toContainerStats(container, samples)),
    },
  };
}
