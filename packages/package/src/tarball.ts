import { createHash } from 'node:crypto';
import { cpSync, lstatSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { compressions } from './deb.js';
import { run } from './run.js';
import { filesBelow, type Release, settle, sources, write } from './tree.js';

/**
 * Makes an archive of a tree of makeTree: one directory, named like the tree, with a script that installs it. The tree gets
 * the script's files meanwhile: the version, and a digest by which the script knows whether a node has this very build.
 */
export function makeTarball(
  tree: string,
  file: string,
  { version, epoch }: Release,
  compression: keyof typeof compressions,
): void {
  const build = digestOf(tree);
  const added = ['install.sh', 'VERSION', 'BUILD'];
  try {
    cpSync(join(sources, 'archive/install.sh'), join(tree, 'install.sh'));
    write(join(tree, 'VERSION'), `${version}\n`);
    write(join(tree, 'BUILD'), `${build}\n`);
    settle(tree, epoch);
    archive(tree, file, epoch, compression);
  } finally {
    for (const name of added) rmSync(join(tree, name), { force: true });
  }
}

/** Of all names and contents below a directory. */
function digestOf(tree: string): string {
  const hash = createHash('sha256');
  for (const name of filesBelow(tree)) {
    const path = join(tree, name);
    const content = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path);
    hash.update(`${name}\0${createHash('sha256').update(content).digest('hex')}\n`);
  }
  return hash.digest('hex');
}

function archive(tree: string, file: string, epoch: number, compression: keyof typeof compressions): void {
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
