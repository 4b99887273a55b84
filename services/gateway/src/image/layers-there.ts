import { existsSync, opendirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRecord } from '@slipway/contracts';

/** The files of an empty layer: its directory, `fs`, and its record. */
const OWN_INODES = 3;

/**
 * Whether the layers of an image are where its record says: the disk may have lost them, or somebody removed them. An
 * image that lacks one is not on the node: the caller pulls it then, which brings the layer back. Looks at one
 * record and one directory a layer (<root>/layers/<algorithm>/<hex>/{layer.json,fs}), and not at their trees.
 */
export function hasLayers(root: string, { layers }: Pick<ImageRecord, 'layers'>): boolean {
  // A gateway that runs by itself may not see the directory that pullers and builders share: it trusts the record.
  if (!existsSync(join(root, 'bundles'))) return true;
  return layers.every(({ diffId }) => {
    const [algorithm = '', hex = ''] = diffId.split(':');
    return isWhole(join(root, 'layers', algorithm, hex));
  });
}

function isWhole(home: string): boolean {
  try {
    const { inodes } = JSON.parse(readFileSync(join(home, 'layer.json'), 'utf8')) as { inodes: number };
    const opened = opendirSync(join(home, 'fs'));
    try {
      return inodes <= OWN_INODES || opened.readSync() !== null;
    } finally {
      opened.closeSync();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A disk that cannot be read says nothing of what is on it. A record that is cut is one of an unclean boot.
    return !(error instanceof SyntaxError) && code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}
