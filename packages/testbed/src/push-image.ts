import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Limit } from '@slipway/time';

/** The `config` of an image's configuration, as the OCI image spec names its fields. */
export interface ImageConfig {
  User?: string;
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  Volumes?: Record<string, object>;
}

export interface PushedImage {
  /** host/repository:tag. */
  readonly reference: string;
  readonly repository: string;
  /** The manifest's digest. */
  readonly digest: string;
  /** The config's digest: the image's id. */
  readonly id: string;
  readonly diffIDs: string[];
  /** Bytes of the compressed layers. */
  readonly size: number;
}

/** A layer that is compressed with gzip already. */
export interface CompressedLayer {
  /** The digest of the tar archive. */
  readonly diffID: string;
  readonly blob: Uint8Array;
}

export interface PushOptions {
  registry: { host: string };
  repository: string;
  tag: string;
  /** Tar archives, lowest layer first; plain ones are compressed here. */
  layers: readonly (Uint8Array | CompressedLayer)[];
  config?: ImageConfig;
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Pushes an OCI image by the distribution protocol. The same input gives the same digests everywhere. */
export async function pushImage(options: PushOptions): Promise<PushedImage> {
  const { repository, tag } = options;
  const base = `http://${options.registry.host}/v2/${repository}`;
  const layers = options.layers.map((layer) => ('diffID' in layer ? layer : compressed(layer)));
  const diffIDs = layers.map(({ diffID }) => diffID);
  const blobs = layers.map(({ blob }) => blob);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: options.config ?? {},
      rootfs: { type: 'layers', diff_ids: diffIDs },
    }),
  );
  await Promise.all([...blobs, config].map((blob) => pushBlob(base, blob)));
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
      layers: blobs.map((blob) => descriptor('application/vnd.oci.image.layer.v1.tar+gzip', blob)),
    }),
  );
  await send(`${base}/manifests/${tag}`, 'PUT', manifest, type);
  return {
    reference: `${options.registry.host}/${repository}:${tag}`,
    repository: `${options.registry.host}/${repository}`,
    digest: sha256(manifest),
    id: sha256(config),
    diffIDs,
    size: blobs.reduce((sum, blob) => sum + blob.length, 0),
  };
}

function compressed(layer: Uint8Array): CompressedLayer {
  return { diffID: sha256(layer), blob: gzipSync(layer, { level: 6 }) };
}

function descriptor(mediaType: string, bytes: Uint8Array): object {
  return { mediaType, digest: sha256(bytes), size: bytes.length };
}

async function pushBlob(base: string, blob: Uint8Array): Promise<void> {
  const begun = await send(`${base}/blobs/uploads/`, 'POST');
  const place = new URL(begun.headers.get('location') ?? '', base);
  place.searchParams.set('digest', sha256(blob));
  await send(place.href, 'PUT', blob, 'application/octet-stream');
}

async function send(url: string, method: string, body?: Uint8Array, type?: string): Promise<Response> {
  using limit = new Limit({ ms: 60_000 });
  const response = await fetch(url, {
    method,
    ...(body ? { body } : {}),
    headers: type ? { 'content-type': type } : {},
    signal: limit.signal,
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return response;
}
