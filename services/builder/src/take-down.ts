import { lstatSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { mountsBelow, removeTree, unmountBelow } from '@slipway/linux';
import type { BundlePaths } from './bundle-paths.js';

/**
 * Unmounts and removes a bundle, however much of it there is. Nothing is deleted
 * while anything is mounted below it: what is mounted there may be a host's volume.
 */
export async function takeDown(paths: BundlePaths, signal?: AbortSignal): Promise<void> {
  if (!exists(paths.directory)) return;
  unmountBelow(paths.directory);
  const left = mountsBelow(paths.directory);
  if (left.length > 0) {
    throw new SlipwayError('INTERNAL', `${left[0]?.target} is still mounted; the bundle is left alone`, {
      hint: 'something mounts there again and again: find it and repeat the removal',
    });
  }
  // A container may still write to it, through a descriptor that another one of its pod holds.
  await removeTree(paths.directory, { signal });
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
