import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf } from '@slipway/digest';
import { hostPlatform, mediaTypes } from '@slipway/registry';

export interface TestLayer {
  readonly blob: Buffer;
  readonly digest: Digest;
  readonly diffID: Digest;
}

/** A gzip layer of whatever `fill` makes in an empty directory, packed by GNU tar. */
export function layerOf(fill: (directory: string) => void): TestLayer {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-puller-layer-'));
  try {
    fill(directory);
    const tar = execFileSync(
      'tar',
      ['--format=pax', '--xattrs', '--xattrs-include=*', '--numeric-owner', '-C', directory, '-cf', '-', '.'],
      { maxBuffer: 2 ** 30 },
    );
    const blob = gzipSync(tar, { level: 1 });
    return { blob, digest: digestOf(blob), diffID: digestOf(tar) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A layer with one file, `name`; `bytes` of noise make it as large as that in the registry too. */
export function noiseLayer(name: string, bytes = 1000): TestLayer {
  return layerOf((directory) => writeFileSync(join(directory, name), randomBytes(bytes)));
}

export interface TestImage {
  readonly config: Buffer;
  readonly id: Digest;
  readonly layers: readonly TestLayer[];
  readonly manifest: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the blobs and the config. */
  readonly size: number;
}

export interface ImageOptions {
  readonly docker?: boolean;
  readonly architecture?: string;
  /** Replaces the list in the config. */
  readonly diffIDs?: readonly string[];
}

export function imageOf(layers: readonly TestLayer[], options: ImageOptions = {}): TestImage {
  const { docker = false, architecture = hostPlatform().architecture } = options;
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture,
      config: { Cmd: ['/bin/true'] },
      rootfs: { type: 'layers', diff_ids: options.diffIDs ?? layers.map(({ diffID }) => diffID) },
      salt: randomBytes(8).toString('hex'),
    }),
  );
  const layerType = docker
    ? 'application/vnd.docker.image.rootfs.diff.tar.gzip'
    : 'application/vnd.oci.image.layer.v1.tar+gzip';
  const descriptor = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: descriptor(docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig, config),
      layers: layers.map(({ blob }) => descriptor(layerType, blob)),
    }),
  );
  return {
    config,
    id: digestOf(config),
    layers,
    manifest,
    mediaType,
    digest: digestOf(manifest),
    size: layers.reduce((sum, { blob }) => sum + blob.length, config.length),
  };
}

export function indexOf(images: readonly { image: TestImage; architecture: string }[]): {
  bytes: Buffer;
  mediaType: string;
  digest: Digest;
} {
  const manifests = images.map(({ image, architecture }) => ({
    mediaType: image.mediaType,
    digest: image.digest,
    size: image.manifest.length,
    platform: { os: 'linux', architecture },
  }));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  return { bytes, mediaType: mediaTypes.ociIndex, digest: digestOf(bytes) };
}
