import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ImageConfig, type PushedImage, pushImage } from './push-image.js';

export interface BusyboxOptions {
  registry: { host: string };
  /** Default demo/busybox. */
  repository?: string;
  /** Default latest. */
  tag?: string;
  config?: ImageConfig;
  /** Files put into a layer of their own above the rest: path to content. */
  files?: Record<string, string>;
  /** Further layers above those, lowest first. */
  layers?: readonly Record<string, string>[];
}

/**
 * Makes an image of Debian's static busybox and pushes it: one layer with the binary
 * and its applets, one with the directories and accounts that programs expect.
 */
export function buildBusyboxImage(options: BusyboxOptions): Promise<PushedImage> {
  const work = mkdtempSync(join(tmpdir(), 'sw-image-'));
  try {
    const layers = [tar(work, 'programs', addPrograms), tar(work, 'accounts', addAccounts)];
    const { files } = options;
    if (files) layers.push(tar(work, 'files', (root) => addFiles(root, files)));
    for (const [at, content] of (options.layers ?? []).entries())
      layers.push(tar(work, `layer-${at}`, (root) => addFiles(root, content)));
    return pushImage({
      registry: options.registry,
      repository: options.repository ?? 'demo/busybox',
      tag: options.tag ?? 'latest',
      layers,
      config: {
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        Cmd: ['sh'],
        ...options.config,
      },
    });
  } finally {
    rmSync(work, { recursive: true });
  }
}

function addPrograms(root: string): void {
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (busybox === undefined) throw new Error("busybox is missing: install Debian's busybox-static");
  mkdirSync(join(root, 'bin'));
  copyFileSync(busybox, join(root, 'bin/busybox'));
  chmodSync(join(root, 'bin/busybox'), 0o755);
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n')) {
    if (applet !== '' && applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  }
}

function addAccounts(root: string): void {
  for (const directory of ['dev', 'etc', 'home', 'proc', 'root', 'run', 'sys', 'tmp', 'var'])
    mkdirSync(join(root, directory));
  chmodSync(join(root, 'root'), 0o700);
  chmodSync(join(root, 'tmp'), 0o1777);
  addFiles(root, {
    'etc/passwd':
      'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
    'etc/group': 'root:x:0:\napp:x:1000:\nextra:x:2000:app\nnogroup:x:65534:\n',
  });
}

function addFiles(root: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** A tar of what `fill` makes, with nothing in it of this machine or moment. */
function tar(work: string, name: string, fill: (root: string) => void): Uint8Array {
  const root = join(work, name);
  mkdirSync(root);
  fill(root);
  const flags = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  return execFileSync('tar', [...flags, '-C', root, '-cf', '-', '.'], { maxBuffer: 256 << 20 });
}
