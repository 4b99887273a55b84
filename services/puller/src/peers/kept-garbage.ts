import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Records } from '@slipway/records';
import type { Peers } from './peers.js';

/** Gives the space of kept blobs back that no image of this node is made of; all of it when nothing is shared any more. */
export async function removeUnneededBlobs(parts: {
  readonly root: string;
  readonly records: Records;
  readonly peers?: Peers | undefined;
}): Promise<void> {
  const { peers, records, root } = parts;
  if (!peers) return rm(join(root, 'kept'), { recursive: true, force: true });
  const images = await records.images.list();
  await peers.kept.removeUnneeded(new Set(images.flatMap(({ layers }) => layers.map(({ digest }) => digest))));
}
