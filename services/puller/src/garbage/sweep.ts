import type { Logger } from '@slipway/telemetry';
import { collectGarbage, type GarbageParts } from './collect-garbage.js';
import { type Downloads, partialBounds } from '../pull/downloads.js';
import { settleTags } from '../image/image-names.js';

export interface SweepParts extends GarbageParts {
  readonly downloads: Downloads;
  readonly log: Logger;
}

/**
 * Puts in order what dead processes and an unclean shutdown left: half-made layers, stale
 * partials, tags with two owners, images whose layers are no longer to be trusted. Other pullers
 * may run: anything that somebody works on is kept.
 */
export async function sweep(parts: SweepParts): Promise<void> {
  const { store, downloads, records, log } = parts;
  const { removed, distrusted } = await store.sweep();
  if (removed.length > 0) log.info({ count: removed.length }, 'half-made layers were removed');
  if (distrusted.length > 0)
    log.warn({ layers: distrusted }, 'layers that were not synced before a crash were removed');
  const partials = await downloads.sweep(partialBounds);
  if (partials.length > 0) log.info({ blobs: partials }, 'stale partial downloads were removed');
  await records.withLock('image-names', () => settleTags(records));
  for (const id of await dropBrokenImages(parts)) {
    log.warn({ image: id }, 'an image lacks layers and was taken off the list: it has to be pulled again');
  }
  const garbage = await collectGarbage(parts);
  if (garbage.length > 0) log.info({ layers: garbage.length }, 'layers that nothing needs were removed');
}

/** An image that lacks a layer must not be listed: a kubelet would start containers of it instead of pulling it. */
async function dropBrokenImages({ records, store, leases }: SweepParts): Promise<string[]> {
  return leases.exclusive(async () => {
    const leased = await leases.layers();
    const dropped: string[] = [];
    for (const image of await records.images.list()) {
      for (const { diffId } of image.layers) {
        // A pull that runs is about to bring it.
        if (leased.has(diffId) || (await store.has(diffId))) continue;
        if (await records.images.delete(image.id)) dropped.push(image.id);
        break;
      }
    }
    return dropped;
  });
}
