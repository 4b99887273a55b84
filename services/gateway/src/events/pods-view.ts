import {
  ContainerPhase,
  type ContainerRecord,
  type ImageRecord,
  SandboxPhase,
  type SandboxRecord,
} from '@slipway/contracts';
import type { ContainerEventResponse } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import type { Change } from '@slipway/records';
import { toContainerStatus } from '../convert/container.js';
import { toPodSandboxStatus } from '../convert/sandbox.js';
import { eventTypes } from './event-types.js';

/** The pods as they were at a place in the journal; it follows the journal change by change. */
export class PodsView {
  readonly #sandboxes = new Map<string, SandboxRecord>();
  readonly #containers = new Map<string, ContainerRecord>();

  /**
   * @param later the records as they were read at or after that place
   * @param between the changes from that place to the reading of the records, which are not in force yet
   */
  constructor(
    later: { sandboxes: readonly SandboxRecord[]; containers: readonly ContainerRecord[] },
    between: readonly Change[],
  ) {
    for (const record of later.sandboxes) {
      if (record.phase !== SandboxPhase.SANDBOX_INTENT) this.#sandboxes.set(record.id, record);
    }
    for (const record of later.containers) {
      if (record.phase !== ContainerPhase.CONTAINER_INTENT) this.#containers.set(record.id, record);
    }
    // From the last to the first: what remains is what the first change of each found.
    for (const change of between.toReversed()) {
      if (change.kind === 'sandboxes') restore(this.#sandboxes, change);
      else restore(this.#containers, change);
    }
  }

  /** The event of a change for a kubelet, with the statuses as they were then; for a deletion, as they were before. */
  tell(change: Change, images: readonly ImageRecord[]): Init<ContainerEventResponse>[] {
    const { record } = change;
    if (change.kind === 'sandboxes') this.#sandboxes.set(record.id, change.record);
    else this.#containers.set(record.id, change.record);
    const sandboxId = change.kind === 'sandboxes' ? record.id : change.record.sandboxId;
    const sandbox = this.#sandboxes.get(sandboxId);
    const own = [...this.#containers.values()].filter((container) => container.sandboxId === sandboxId);
    const statuses = {
      containerId: record.id,
      createdAt: change.at,
      podSandboxStatus: sandbox && toPodSandboxStatus(sandbox),
      containersStatuses: own.map((container) =>
        toContainerStatus(
          container,
          images.find(({ id }) => id === container.imageId),
        ),
      ),
    };
    if (change.after === undefined) {
      if (change.kind === 'sandboxes') this.#sandboxes.delete(record.id);
      else this.#containers.delete(record.id);
    }
    return eventTypes(change).map((containerEventType) => ({ ...statuses, containerEventType }));
  }
}

/** Takes a change back. The record before it is known to differ only in its phase. */
function restore<T extends { id: string; phase: number }>(
  table: Map<string, T>,
  { before, record }: { before: T['phase']; record: T },
): void {
  // Before the first phase that is shown there was nothing.
  if (before === 0) table.delete(record.id);
  else table.set(record.id, { ...record, phase: before });
}
