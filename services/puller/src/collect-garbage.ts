import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContainerPhase, ContainerRecord, ImageRecord } from '@slipway/contracts';
import type { LayerStore } from '@slipway/layers';
import { hasCode } from '@slipway/linux';
import type { Codec } from '@slipway/protobuf';
import type { Records } from '@slipway/records';
import type { Leases } from './leases.js';

export interface GarbageParts {
  readonly root: string;
  readonly records: Records;
  readonly store: LayerStore;
  readonly leases: Leases;
}

/**
 * Removes layers that nothing needs: no image record, no container record in any phase, no
 * running pull. Layers go out of sight while no pull can begin; their space is given back after.
 * @param candidates diffIDs; left out, all layers of the store
 * @returns the diffIDs of the removed layers
 */
export async function collectGarbage(
  { root, records, store, leases }: GarbageParts,
  candidates?: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const removed: string[] = [];
  const free: (() => Promise<void>)[] = [];
  await leases.exclusive(async () => {
    // Leases before records: a pull writes its image's record before it lets its lease go.
    const leased = await leases.layers();
    const needed = await recordedLayers(records, root);
    if (!needed) return;
    const all = candidates ?? (await store.list()).map(({ diffID }) => diffID);
    for (const diffID of new Set(all)) {
      if (leased.has(diffID) || needed.has(diffID) || !(await store.has(diffID))) continue;
      free.push(await store.detach(diffID));
      removed.push(diffID);
    }
  }, signal);
  for (const give of free) await give();
  return removed;
}

/** The layers that images and containers need; undefined when that cannot be told just now. */
async function recordedLayers(records: Records, root: string): Promise<Set<string> | undefined> {
  // Containers last: who makes one writes its record first and then looks whether the image is still there.
  const images = await withMirrored(await records.images.list(), join(root, 'records', 'images'), ImageRecord);
  const containers = await withMirrored(
    await records.containers.list(),
    join(root, 'records', 'containers'),
    ContainerRecord,
  );
  const needed = new Set<string>();
  const known = new Set(images.map(({ id }) => id));
  for (const image of images) for (const { diffId } of image.layers) needed.add(diffId);
  for (const container of containers) {
    for (const diffID of container.layers) needed.add(diffID);
    // Its layers are not written down yet, and its image's record is gone: they could be any.
    const unknown = container.layers.length === 0 && !known.has(container.imageId);
    if (unknown && container.phase === ContainerPhase.CONTAINER_INTENT) return undefined;
  }
  return needed;
}

/**
 * Adds what the mirror on disk has and the list lacks: a Redis that came back empty is refilled
 * from the mirror a moment later, and until then its list would give everything away.
 */
async function withMirrored<T extends { id: string }>(
  listed: readonly T[],
  mirror: string,
  codec: Codec<T>,
): Promise<T[]> {
  const all = [...listed];
  const ids = new Set(listed.map(({ id }) => id));
  for (const name of await readdir(mirror)) {
    if (ids.has(name) || /\.(?:tmp|bad)$/.test(name)) continue;
    try {
      all.push(codec.decode(await readFile(join(mirror, name))));
    } catch (error) {
      // Deleted meanwhile; what cannot be decoded is set aside by the refill.
      if (!hasCode(error, 'ENOENT') && !(error instanceof RangeError)) throw error;
    }
  }
  return all;
}
