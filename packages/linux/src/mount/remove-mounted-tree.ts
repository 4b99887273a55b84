import { lstatSync } from 'node:fs';
import { mountsBelow } from './mountinfo.js';
import { unmountBelow } from './mounts.js';
import { removeTree } from '../tree/tree-thread.js';

/**
 * Unmounts what is below a directory, and removes it; a missing one is success. Nothing is deleted while anything is
 * mounted below it: that may be a host's volume. A container may still write to the tree, through a descriptor that it
 * holds: see removeTree.
 * @throws Error when something is mounted there again and again
 */
export async function removeMountedTree(
  directory: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return;
  unmountBelow(directory);
  const [left] = mountsBelow(directory);
  if (left) throw new Error(`${left.target} is still mounted: ${directory} is kept`);
  await removeTree(directory, options);
}
