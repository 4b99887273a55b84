import { createHash } from 'node:crypto';
import { cpSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './node-release.js';
import { run } from './run.js';
import { debianVersion, filesBelow, maintainer, type Release, settle, sources, write } from './tree.js';

/**
 * The packages that a node needs beside Slipway's own files. Versions are those that the bundled Node was linked with. nats-server and
 * redis-server are run with configurations and sockets of Slipway's own.
 */
const depends = [
  'catatonit',
  'conmon',
  'containernetworking-plugins',
  'crun | runc',
  'iptables',
  'kmod',
  'libc6 (>= 2.28)',
  'libgcc-s1 (>= 3.0)',
  'libstdc++6 (>= 5.2)',
  'nats-server',
  'redis-server | valkey-server',
];
/** Faster gzip, zstd layers, the default profile of containers. */
const recommends = ['apparmor', 'ca-certificates', 'isal', 'zstd'];
/** gVisor; what `slipway demo` makes an image of and serves it with. */
const suggests = ['busybox-static', 'docker-registry', 'runsc'];

const description = `Kubernetes container runtime whose stages are separate processes
 Slipway runs pods for a kubelet by the Container Runtime Interface. Gateway,
 puller, builder and one executor for each runtime handler are processes of
 their own, which can be scaled, swapped and restarted under running pods.
 .
 The package brings the Node.js that it runs on. NATS and Redis are started with
 configurations of its own: the services of the packages nats-server and
 redis-server are not used, and need not run.`;

/** How small a package is, or how fast it is made: xz for those that are given away, since not every tool reads zstd (lintian does not). */
export const compressions = { small: ['-Zxz', '-z2'], fast: ['-Zzstd', '-z1'] } as const;

/** Makes a Debian package of a tree of makeTree. The tree gets a directory DEBIAN meanwhile. */
export function makeDeb(
  tree: string,
  file: string,
  architecture: Architecture,
  release: Release,
  compression: keyof typeof compressions,
): void {
  const control = join(tree, 'DEBIAN');
  const files = filesBelow(tree);
  const sums = files
    .filter((name) => lstatSync(join(tree, name)).isFile())
    .map(
      (name) =>
        `${createHash('md5')
          .update(readFileSync(join(tree, name)))
          .digest('hex')}  ${name}\n`,
    );
  try {
    write(join(control, 'control'), controlFile(tree, files, architecture, release));
    write(join(control, 'md5sums'), sums.join(''));
    write(
      join(control, 'conffiles'),
      files
        .filter((name) => name.startsWith('etc/'))
        .map((name) => `/${name}\n`)
        .join(''),
    );
    for (const name of ['preinst', 'postinst', 'prerm', 'postrm'])
      cpSync(join(sources, 'debian', name), join(control, name));
    settle(control, release.epoch);
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(release.epoch) };
    run('dpkg-deb', ['--root-owner-group', ...compressions[compression], '--build', tree, file], { env });
  } finally {
    rmSync(control, { recursive: true, force: true });
  }
}

function controlFile(tree: string, files: readonly string[], architecture: Architecture, release: Release): string {
  const directories = readdirSync(tree, { recursive: true }).length - files.length;
  const kib = files.reduce((sum, name) => sum + Math.ceil(lstatSync(join(tree, name)).size / 1024), directories);
  return `Package: slipway
Version: ${debianVersion(release.version)}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${kib}
Depends: ${depends.join(', ')}
Recommends: ${recommends.join(', ')}
Suggests: ${suggests.join(', ')}
Section: admin
Priority: optional
Description: ${description}
`;
}
