import { createHash } from 'node:crypto';
import { MadeLayer } from './layer.js';

/** Overlayfs takes more, images of more are refused by registries and builders in use. */
const MOST_LAYERS = 127;
/** Kibibytes of one layer: 1 GiB. */
const MOST_KB = 1 << 20;

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';

/** Bytes that a registry serves under their digest. */
export interface Blob {
  size: number;
  read(start: number, end: number): Iterable<Buffer>;
}

export interface MadeImage {
  manifest: Buffer;
  manifestType: string;
  /** Digest of the manifest. */
  digest: string;
  /** Config and layers. */
  blobs: Map<string, Blob>;
}

interface Shape {
  layers: number;
  kilobytes: number;
}

/** Whether images of the repository are made up: its last part is <layers>x<kilobytes a layer>, for example `null/4x64`. */
export function isNullRepository(repository: string): boolean {
  return shapeOf(repository) !== undefined;
}

function shapeOf(repository: string): Shape | undefined {
  const match = /(?:^|\/)(\d{1,3})x(\d{1,7})$/.exec(repository);
  if (!match) return undefined;
  const [layers, kilobytes] = [Number(match[1]), Number(match[2])];
  return layers <= MOST_LAYERS && kilobytes <= MOST_KB ? { layers, kilobytes } : undefined;
}

/**
 * The image of a repository and tag, the same one at every call and on every machine; undefined where the repository
 * names no shape. Other tags have other layers, so that a pull of each is a pull of all of it.
 */
export function makeImage(repository: string, tag: string): MadeImage | undefined {
  const shape = shapeOf(repository);
  if (!shape) return undefined;
  const blobs = new Map<string, Blob>();
  const layers = Array.from({ length: shape.layers }, (_none, index) => {
    const layer = new MadeLayer(`${repository}:${tag}/${index}`, shape.kilobytes * 1024);
    const digest = layer.digest();
    blobs.set(digest, layer);
    return { mediaType: layerType, digest, size: layer.size };
  });
  const config = json({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Cmd: ['/null'], Labels: { 'slipway.null': `${repository}:${tag}` } },
    // An archive that is not compressed is its own diffID.
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  blobs.set(sha256(config), { size: config.length, read: (start, end) => [config.subarray(start, end)] });
  const manifest = json({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, digest: sha256(config), size: config.length },
    layers,
  });
  return { manifest, manifestType, digest: sha256(manifest), blobs };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
