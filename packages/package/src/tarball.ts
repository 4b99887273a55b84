import { basename, dirname } from 'node:path';
import { run } from './run.js';
import type { compressions } from './deb.js';
import type { Release } from './tree.js';

/** Makes an archive of a tree of makeTree: one directory, named like the tree. */
export function makeTarball(
  tree: string,
  file: string,
  { epoch }: Release,
  compression: keyof typeof compressions,
): void {
  run('tar', [
    '--create',
    '--file',
    file,
    // Without the time of the run in its header.
    '--use-compress-program',
    compression === 'fast' ? 'gzip -n -1' : 'gzip -n -6',
    '--format=gnu',
    '--sort=name',
    '--owner=root:0',
    '--group=root:0',
    `--mtime=@${epoch}`,
    '--directory',
    dirname(tree),
    basename(tree),
  ]);
}
