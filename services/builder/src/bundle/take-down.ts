import { SlipwayError } from '@slipway/errors';
import { removeMountedTree } from '@slipway/linux';
import type { BundlePaths } from './bundle-paths.js';

/** Unmounts and removes a bundle, however much of it there is. */
export async function takeDown({ directory }: Pick<BundlePaths, 'directory'>, signal?: AbortSignal): Promise<void> {
  try {
    await removeMountedTree(directory, { signal });
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.includes('still mounted')) throw cause;
    throw new SlipwayError('INTERNAL', cause.message, {
      cause,
      hint: 'something mounts there again and again: find it and repeat the removal',
    });
  }
}
