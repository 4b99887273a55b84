import { lstatSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { SlipwayError } from '@slipway/errors';
import { hasCode, mountsBelow, unmountBelow } from '@slipway/linux';
import type { BundlePaths } from './bundle-paths.js';

/**
 * Unmounts and removes a bundle, however much of it there is. Nothing is deleted
 * while anything is mounted below it: what is mounted there may be a host's volume.
 */
export async function takeDown(paths: BundlePaths): Promise<void> {
  if (!exists(paths.directory)) return;
  unmountBelow(paths.directory);
  const left = mountsBelow(paths.directory);
  if (left.length > 0) {
    throw new SlipwayError('INTERNAL', `${left[0]?.target} is still mounted; the bundle is left alone`, {
      hint: 'something mounts there again and again: find it and repeat the removal',
    });
  }
  // A plain rmdir: even if a mount came back meanwhile, nothing behind it is lost.
  removeEmpty(paths.rootfs);
  await rm(paths.directory, { recursive: true, force: true, maxRetries: 3 });
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    // An infra bundle has no rootfs of its own; one that is not empty was never mounted over.
    if (!hasCode(error, 'ENOENT', 'ENOTEMPTY')) throw error;
  }
}
