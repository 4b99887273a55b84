import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that a node has of a blob that is on its way, from whatever registry; 0 where there is none. */
export function partialBytes(root: string, digest: string): number {
  const directory = join(root, 'downloads');
  return readdirSync(directory)
    .filter((name) => name.startsWith(digest) && !/\.(?:lock|ranges|new)$/.test(name))
    .reduce((sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
