import type { ContainerRecord, SandboxRecord } from '@slipway/contracts';
import type { ContainerStats, PodSandboxStats } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import type { Samples } from '../stats/collect.js';

/** Usage of a container; unknown figures (it does not run, or could not be sampled) are absent. */
export function toContainerStats(record: ContainerRecord, samples: Samples): Init<ContainerStats> {
  const { id, config } = record;
  return {
    ...samples.containers.get(id)?.stats,
    attributes: { id, metadata: config?.metadata, labels: config?.labels, annotations: config?.annotations },
  };
}

/** Usage of a pod as a whole, and of each of its containers. */
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
