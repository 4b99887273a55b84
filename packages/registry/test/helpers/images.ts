import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf } from '@slipway/digest';
import { type Descriptor, mediaTypes } from '../../src/index.js';

export interface TestImage {
  readonly manifest: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
  readonly layerDescriptors: readonly Descriptor[];
}

export interface TestImageOptions {
  docker?: boolean;
  platform?: { os: string; architecture: string; variant?: string };
  layers?: readonly Buffer[];
  configMediaType?: string;
}

/** An image whose layers nobody unpacks: gzip of anything will do. */
export function makeImage(options: TestImageOptions = {}): TestImage {
  const { docker = false, platform = { os: 'linux', architecture: 'amd64' } } = options;
  const layers = options.layers ?? [gzipSync(randomBytes(2000)), gzipSync(randomBytes(3000))];
  const config = Buffer.from(
    JSON.stringify({ ...platform, rootfs: { type: 'layers', diff_ids: [] }, salt: randomBytes(4).toString('hex') }),
  );
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const layerType = docker
    ? 'application/vnd.docker.image.rootfs.diff.tar.gzip'
    : 'application/vnd.oci.image.layer.v1.tar+gzip';
  const layerDescriptors = layers.map((layer) => descriptorOf(layer, layerType));
  const configType = options.configMediaType ?? (docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig);
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType, config: descriptorOf(config, configType), layers: layerDescriptors }),
  );
  return { manifest, mediaType, digest: digestOf(manifest), config, layers, layerDescriptors };
}

export function descriptorOf(bytes: Buffer, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** An index (or Docker list) of entries. */
export function makeIndex(entries: readonly object[], mediaType: string = mediaTypes.ociIndex) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: entries }));
  return { bytes, mediaType, digest: digestOf(bytes) };
}

/** An index entry for an image. */
export function entryOf(image: TestImage, platform?: object): object {
  return { ...descriptorOf(image.manifest, image.mediaType), ...(platform ? { platform } : {}) };
}
