import { opendirSync } from 'node:fs';
import { hasCode } from '@slipway/linux';
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
