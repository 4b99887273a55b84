import { ContainerPhase, type ContainerRecord, SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import type { ContainerStatsFilter, PodSandboxStatsFilter } from '@slipway/cri';
import type { Gateway } from '../context.js';
import { matchesLabels } from '../convert/labels.js';

/** The containers that a filter lets through, in whatever state: ids or prefixes, labels; all of them must match. */
export async function selectContainers(
  gateway: Gateway,
  filter: ContainerStatsFilter | undefined,
): Promise<ContainerRecord[]> {
  const records = await gateway.records.containers.list();
  return records.filter(
    ({ id, sandboxId, phase, config }) =>
      phase !== ContainerPhase.CONTAINER_INTENT &&
      (!filter ||
        (id.startsWith(filter.id) &&
          sandboxId.startsWith(filter.podSandboxId) &&
          matchesLabels(config?.labels, filter.labelSelector))),
  );
}

/** The sandboxes that a filter lets through, in whatever state. */
export async function selectSandboxes(gateway: Gateway, filter?: PodSandboxStatsFilter): Promise<SandboxRecord[]> {
  const records = await gateway.records.sandboxes.list();
  return records.filter(
    ({ id, phase, config }) =>
      phase !== SandboxPhase.SANDBOX_INTENT &&
      (!filter || (id.startsWith(filter.id) && matchesLabels(config?.labels, filter.labelSelector))),
  );
}

/** The containers of these sandboxes. */
export async function containersOf(gateway: Gateway, sandboxes: readonly SandboxRecord[]): Promise<ContainerRecord[]> {
  const ids = new Set(sandboxes.map(({ id }) => id));
  return (await selectContainers(gateway, undefined)).filter(({ sandboxId }) => ids.has(sandboxId));
}

/** Containers by the id of their sandbox. */
export function groupBySandbox(containers: readonly ContainerRecord[]): Map<string, ContainerRecord[]> {
  const groups = new Map<string, ContainerRecord[]>();
  for (const container of containers) {
    const group = groups.get(container.sandboxId);
    if (group) group.push(container);
    else groups.set(container.sandboxId, [container]);
  }
  return groups;
}
