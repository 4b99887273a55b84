import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackBusybox } from './busybox.js';
import type { Architecture } from './node-release.js';
import { run } from './run.js';
import { type Release, settle, sources, write } from './tree.js';

/** https://github.com/opencontainers/image-spec: the media types of what an image consists of. */
const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/**
 * Makes the installer image: an archive of an OCI image layout (image-spec, image-layout.md) with one image for each
 * architecture. Its first layer is Debian's static busybox with the entry point, image/install; the second is the archive
 * of makeTarball itself. `work` is an empty directory.
 */
export function makeInstallerImage(
  archives: readonly { architecture: Architecture; file: string }[],
  file: string,
  release: Release,
  work: string,
): void {
  const layout = join(work, 'layout');
  const created = new Date(release.epoch * 1000).toISOString();
  const blob = (content: Buffer, mediaType: string): Descriptor => {
    const hex = createHash('sha256').update(content).digest('hex');
    write(join(layout, 'blobs/sha256', hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  };
  const json = (value: unknown, mediaType: string): Descriptor => blob(Buffer.from(JSON.stringify(value)), mediaType);

  const manifests = archives.map(({ architecture, file: archive }) => {
    const layers = [makeTools(architecture, release, work), readFileSync(archive)];
    const config = {
      created,
      architecture,
      os: 'linux',
      config: {
        Entrypoint: ['/install'],
        Env: ['PATH=/bin'],
        Labels: { 'org.opencontainers.image.version': release.version },
      },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => digestOf(gunzipSync(layer))) },
      history: [
        { created, created_by: 'busybox of Debian and the entry point' },
        { created, created_by: `slipway ${release.version}` },
      ],
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: json(config, types.config),
      layers: layers.map((layer) => blob(layer, types.layer)),
    };
    return { ...json(manifest, types.manifest), platform: { architecture, os: 'linux' } };
  });
  const index = json({ schemaVersion: 2, mediaType: types.index, manifests }, types.index);
  const annotations = { 'org.opencontainers.image.ref.name': release.version };
  write(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const top = { schemaVersion: 2, mediaType: types.index, manifests: [{ ...index, annotations }] };
  write(join(layout, 'index.json'), JSON.stringify(top));
  settle(layout, release.epoch);
  pack(layout, file, release, []);
}

/** The layer with the shell that the entry point runs in, gzipped. */
function makeTools(architecture: Architecture, release: Release, work: string): Buffer {
  const from = join(work, `busybox-${architecture}`);
  const root = join(work, `tools-${architecture}`);
  mkdirSync(from);
  const { version } = unpackBusybox(architecture, from);
  const programs = ['bin/busybox', 'usr/bin/busybox'].map((name) => join(from, name));
  const program = programs.find((path) => existsSync(path));
  if (program === undefined) throw new Error('busybox-static has no busybox');
  mkdirSync(join(root, 'bin'), { recursive: true });
  cpSync(program, join(root, 'bin/busybox'), { dereference: true });
  const licence = readFileSync(join(from, 'usr/share/doc/busybox-static/copyright'));
  write(join(root, 'usr/share/doc/busybox/copyright'), licence);
  write(
    join(root, 'usr/share/doc/busybox/source'),
    `bin/busybox is of Debian's package busybox-static ${version}; its source is Debian's source package busybox.\n`,
  );
  cpSync(join(sources, 'image/install'), join(root, 'install'));
  settle(root, release.epoch);
  chmodSync(join(root, 'install'), 0o755);
  const file = join(work, `tools-${architecture}.tar.gz`);
  pack(root, file, release, ['--use-compress-program', 'gzip -n -6']);
  const content = readFileSync(file);
  rmSync(from, { recursive: true });
  return content;
}

/** An archive of what a directory holds, the same bytes for the same content. */
function pack(directory: string, file: string, { epoch }: Release, more: readonly string[]): void {
  const same = ['--format=gnu', '--sort=name', '--owner=root:0', '--group=root:0', `--mtime=@${epoch}`];
  run('tar', ['--create', '--file', file, ...more, ...same, '--directory', directory, '.']);
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
