import { ContainerPhase } from '@slipway/contracts';
import type { LayerStore } from '@slipway/layers';
import type { Records } from '@slipway/records';
import type { Leases } from './leases.js';

export interface GarbageParts {
  readonly records: Records;
  readonly store: LayerStore;
  readonly leases: Leases;
}

/**
 * Removes layers that nothing needs: no image record, no container record in any phase, no
 * running pull. Layers go out of sight while no pull can begin; their space is given back after.
 * @returns the diffIDs of the removed layers
 */
export async function collectGarbage(parts: GarbageParts, signal?: AbortSignal): Promise<string[]> {
  const free: (() => Promise<void>)[] = [];
  const removed = await parts.leases.exclusive(async () => {
    const diffIDs = (await examineLayers(parts)).filter(({ needed }) => !needed).map(({ diffID }) => diffID);
    for (const diffID of diffIDs) free.push(await parts.store.detach(diffID));
    return diffIDs;
  }, signal);
  for (const give of free) await give();
  return removed;
}

/** A layer of the store, and why it goes or stays. */
export interface ExaminedLayer {
  readonly diffID: string;
  /** On disk. */
  readonly bytes: number;
  readonly needed: boolean;
  readonly reason: string;
}

/** The next collection's plan. It binds only when it is made in leases.exclusive(). */
export async function examineLayers({ records, store, leases }: GarbageParts): Promise<ExaminedLayer[]> {
  // Leases before records: a pull writes its image's record before it lets its lease go.
  const leased = await leases.layers();
  const recorded = await recordedLayers(records);
  return (await store.list()).map(({ diffID, size }) => {
    const user = leased.has(diffID) ? 'a pull that runs or may be tried again' : recorded.users.get(diffID);
    const reason = user ?? recorded.unclear;
    return {
      diffID,
      bytes: size,
      needed: reason !== undefined,
      reason: reason ?? 'no image, no container and no pull needs it',
    };
  });
}

interface RecordedLayers {
  /** The objects that need a layer, by its diffID. */
  readonly users: ReadonlyMap<string, string>;
  /** The reason why the needs cannot be determined now. */
  readonly unclear?: string;
}

/** The layers that images and containers need. */
async function recordedLayers(records: Records): Promise<RecordedLayers> {
  // Containers last: who makes one writes its record first and then looks whether the image is still there.
  // Both lists are those of a Redis whose records were compared with the disk: one that came back empty gives nothing away.
  const images = await records.images.list();
  const containers = await records.containers.list();
  const users = new Map<string, string>();
  const known = new Set(images.map(({ id }) => id));
  for (const container of containers) {
    for (const diffID of container.layers) users.set(diffID, `container ${container.id}`);
    // Its layers are not written down yet, and its image's record is gone: they could be any.
    const unknown = container.layers.length === 0 && !known.has(container.imageId);
    if (unknown && container.phase === ContainerPhase.CONTAINER_INTENT) {
      return { users, unclear: `container ${container.id} is being made, of an image that was removed` };
    }
  }
  for (const { id, repoTags, layers } of images) {
    for (const { diffId } of layers) users.set(diffId, `image ${repoTags[0] ?? id}`);
  }
  return { users };
}
