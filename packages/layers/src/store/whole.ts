import { opendirSync } from 'node:fs';
import { hasCode, measureTree } from '@slipway/linux';
import type { LayerInfo } from './layer-info.js';

/** The files of an empty layer: its directory, `fs`, and its record. */
const OWN_INODES = 3;

/**
 * Whether the files of a layer are where its record says: the disk may have lost them, or somebody removed them. Looks
 * at the directory only, which costs a fraction of a millisecond, and not at the tree.
 */
export function hasFiles(directory: string, { inodes }: Pick<LayerInfo, 'inodes'>): boolean {
  try {
    const opened = opendirSync(directory);
    try {
      return inodes <= OWN_INODES || opened.readSync() !== null;
    } finally {
      opened.closeSync();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/**
 * How many files of a layer are missing, hard links counted once. Walks the tree, a large one on a thread: a tenth of a
 * second for 10,000 files whose inodes are in memory, and much more where the disk has to be read.
 */
export async function countLostFiles(
  directory: string,
  { inodes }: Pick<LayerInfo, 'inodes'>,
  signal?: AbortSignal,
): Promise<number> {
  const found = await measureTree(directory, { signal });
  // The layer's directory and its record are counted in the record, and are not in the tree.
  return Math.max(0, inodes - (OWN_INODES - 1) - found.inodes);
}
