import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CriClient } from '@slipway/testbed';
import { listTree } from './tree.js';

/** What umoci makes of an image that skopeo can read (`docker://…`, `docker-archive:…`). */
export function umociTree(source: string, directory: string): string[] {
  mkdirSync(directory, { recursive: true });
  execFileSync(
    'skopeo',
    ['--insecure-policy', 'copy', '-q', '--src-tls-verify=false', source, `oci:${join(directory, 'oci')}:it`],
    {
      stdio: 'pipe',
    },
  );
  execFileSync('umoci', ['unpack', '--image', `${join(directory, 'oci')}:it`, join(directory, 'bundle')], {
    stdio: 'pipe',
  });
  return listTree(join(directory, 'bundle', 'rootfs'));
}

/** What the layers of an image on a node are together, as a container sees them: an overlay of them. */
export async function slipwayTree(cri: CriClient, root: string, image: string, directory: string): Promise<string[]> {
  const { info } = await cri.imageStatus({ image: { image }, verbose: true });
  const { layers } = JSON.parse(info['info'] ?? '{}') as { layers: { diffID: string }[] };
  const lower = layers.map(({ diffID }) => join(root, 'layers', diffID.replace(':', '/'), 'fs')).reverse();
  const empty = join(directory, 'empty');
  const target = join(directory, 'merged');
  for (const made of [empty, target]) mkdirSync(made, { recursive: true });
  // A page of options is too short for the paths of many layers: short names for them in the working directory.
  lower.forEach((path, at) => execFileSync('ln', ['-sfn', path, join(directory, String(at))]));
  const options = `ro,lowerdir=${[...lower.keys(), 'empty'].join(':')}`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, target], { cwd: directory });
  try {
    return listTree(target);
  } finally {
    execFileSync('umount', [target]);
  }
}
