import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlipwayError } from '@slipway/errors';
import { type Blob, makeImage, type MadeImage } from './image.js';

/** Images whose manifests, and the places of whose blobs, are remembered. */
const REMEMBERED = 10_000;

export interface NullRegistryOptions {
  /** A loopback address. Default 127.0.0.1. */
  address?: string;
  /** Default 0: any free one. */
  port?: number;
}

export interface NullRegistry {
  /** host:port, as in references. */
  readonly host: string;
  /** Counts of requests so far. */
  counts(): { manifests: number; blobs: number; bytes: number };
  stop(): Promise<void>;
}

/**
 * A registry of images that nobody made (OCI distribution spec, "Pull"): whatever `<name>/<layers>x<kilobytes>` is asked for,
 * with whatever tag, is there. It keeps nothing, takes no pushes and serves only loopback. A blob is
 * known once its image's manifest was asked for.
 * @throws SlipwayError INVALID_REQUEST for an address that is not loopback; UNAVAILABLE errors of listen as they are
 */
export async function startNullRegistry(options: NullRegistryOptions = {}): Promise<NullRegistry> {
  const { address = '127.0.0.1', port = 0 } = options;
  if (!/^(127\.\d+\.\d+\.\d+|::1)$/.test(address) || isIP(address) === 0) {
    throw new SlipwayError(
      'INVALID_REQUEST',
      `${address} is not a loopback address: a null registry is for this machine`,
    );
  }
  const registry = new Registry();
  const server = createServer((request, response) => {
    registry.answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    host: address.includes(':') ? `[${address}]:${bound}` : `${address}:${bound}`,
    counts: () => ({ ...registry.counts }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Registry {
  readonly counts = { manifests: 0, blobs: 0, bytes: 0 };
  /** By repository and tag, the oldest first. */
  readonly #images = new Map<string, MadeImage>();
  /** By repository and digest. */
  readonly #manifests = new Map<string, MadeImage>();
  readonly #blobs = new Map<string, Blob>();

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://null').pathname);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'UNSUPPORTED');
    if (path === '/v2/' || path === '/v2') return send(request, response, Buffer.from('{}'), 'application/json');
    const match = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path);
    const [, repository = '', kind, name = ''] = match ?? [];
    if (kind === 'manifests') {
      const image = name.startsWith('sha256:')
        ? this.#manifests.get(`${repository}@${name}`)
        : this.#image(repository, name);
      if (!image) return refuse(response, 404, 'MANIFEST_UNKNOWN');
      this.counts.manifests++;
      return send(request, response, image.manifest, image.manifestType, image.digest);
    }
    const blob = kind === 'blobs' ? this.#blobs.get(name) : undefined;
    if (!blob) return refuse(response, 404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'NAME_UNKNOWN');
    this.counts.blobs++;
    await this.#sendBlob(request, response, blob, name);
  }

  #image(repository: string, tag: string): MadeImage | undefined {
    const key = `${repository}:${tag}`;
    const known = this.#images.get(key);
    if (known) return known;
    const image = makeImage(repository, tag);
    if (!image) return undefined;
    this.#images.set(key, image);
    this.#manifests.set(`${repository}@${image.digest}`, image);
    for (const [digest, blob] of image.blobs) this.#blobs.set(digest, blob);
    if (this.#images.size > REMEMBERED) this.#forgetOldest();
    return image;
  }

  #forgetOldest(): void {
    const [oldest] = this.#images;
    if (!oldest) return;
    const [key, image] = oldest;
    this.#images.delete(key);
    this.#manifests.delete(`${key.slice(0, key.lastIndexOf(':'))}@${image.digest}`);
    for (const digest of image.blobs.keys()) this.#blobs.delete(digest);
  }

  async #sendBlob(request: IncomingMessage, response: ServerResponse, blob: Blob, digest: string): Promise<void> {
    let [start, end] = [0, blob.size];
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    if (range) {
      start = Number(range[1]);
      end = range[2] ? Math.min(Number(range[2]) + 1, blob.size) : blob.size;
      if (start >= end) {
        response.setHeader('content-range', `bytes */${blob.size}`);
        return refuse(response, 416, 'SIZE_INVALID');
      }
      response.setHeader('content-range', `bytes ${start}-${end - 1}/${blob.size}`);
    }
    response.writeHead(range ? 206 : 200, {
      'content-type': 'application/octet-stream',
      'content-length': end - start,
      'accept-ranges': 'bytes',
      'docker-content-digest': digest,
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    this.counts.bytes += end - start;
    await pipeline(Readable.from(blob.read(start, end), { objectMode: false }), response);
  }
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  type: string,
  digest?: string,
): void {
  response.writeHead(200, {
    'content-type': type,
    'content-length': body.length,
    'docker-distribution-api-version': 'registry/2.0',
    ...(digest ? { 'docker-content-digest': digest } : {}),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** As the distribution spec's "Error Codes" has it. */
function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ errors: [{ code, message: 'this null registry has <name>/<layers>x<kilobytes>:<any tag>' }] }),
  );
}
