import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf } from '@slipway/digest';
import type { TestImage } from './images.js';
import type { Scope } from './temp.js';

/** A request as the faulty registry saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/**
 * Answers a request in its own way and returns true, or returns false for the proper answer. `count` is how many
 * requests this fault was offered before (from 0), `content` what the proper body would be.
 */
export type Fault = (
  request: SeenRequest,
  response: ServerResponse,
  content: Buffer | undefined,
  count: number,
) => boolean | Promise<boolean>;

/**
 * A registry that serves given content, and misbehaves on demand: `blobFault` and `manifestFault`
 * for requests of that kind, `fault` before both.
 */
export class FaultyRegistry {
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  readonly #counts = new Map<Fault, number>();
  fault: Fault | undefined;
  blobFault: Fault | undefined;
  manifestFault: Fault | undefined;
  host = '';
  /** The challenge of `/v2/` for clients without credentials. */
  root: string | undefined;

  private constructor(tls?: { cert: string; key: string }) {
    const listener: RequestListener = (request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    };
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(scope: Scope, tls?: { cert: string; key: string }): Promise<FaultyRegistry> {
    const registry = new FaultyRegistry(tls);
    await registry.listen();
    scope.after(() => registry.stop());
    return registry;
  }

  /** Listens; after a stop, where it listened before. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(Number(this.host.split(':')[1] ?? 0), '127.0.0.1', resolve);
    });
    this.host = `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  addBlob(bytes: Buffer): void {
    this.#blobs.set(digestOf(bytes), bytes);
  }

  /** Serves a manifest under a tag or digest, whatever its bytes are. */
  addManifest(name: string, bytes: Buffer, mediaType: string): void {
    this.#manifests.set(name, { bytes, mediaType });
  }

  addImage(tag: string, image: TestImage): void {
    for (const blob of [image.config, ...image.layers]) this.addBlob(blob);
    for (const name of [tag, image.digest]) this.addManifest(name, image.manifest, image.mediaType);
  }

  /** The requests for blobs with this digest. */
  blobRequests(digest: string): SeenRequest[] {
    return this.seen.filter(({ path }) => path.endsWith(`/blobs/${digest}`));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${this.host}`);
    const seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
    };
    if (url.pathname !== '/v2/') this.seen.push(seen);
    const [, kind, name = ''] = /\/(blobs|manifests)\/([^/]+)$/.exec(url.pathname) ?? [];
    const manifest = kind === 'manifests' ? this.#manifests.get(name) : undefined;
    const content = kind === 'blobs' ? this.#blobs.get(name) : manifest?.bytes;
    const kindFault = kind === 'blobs' ? this.blobFault : kind === 'manifests' ? this.manifestFault : undefined;
    for (const fault of [this.fault, kindFault]) {
      if (!fault || url.pathname === '/v2/') continue;
      const count = this.#counts.get(fault) ?? 0;
      this.#counts.set(fault, count + 1);
      if (await fault(seen, response, content, count)) return;
    }
    if (url.pathname === '/v2/') {
      if (this.root && !seen.headers.authorization) response.writeHead(401, { 'www-authenticate': this.root });
      return void response.end('{}');
    }
    if (!content)
      return sendError(response, 404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN', 'it is unknown');
    if (manifest) {
      response.setHeader('docker-content-digest', digestOf(content));
      response.setHeader('content-type', manifest.mediaType);
    }
    sendContent(seen, response, content);
  }
}

/** An answer in the distribution spec's error form. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

/** The proper answer, with ranges. */
export function sendContent({ method, headers }: SeenRequest, response: ServerResponse, content: Buffer): void {
  const range = rangeOf(headers.range, content.length);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const [start, end] = range ?? [0, content.length];
  response.writeHead(range ? 206 : 200, {
    'content-length': end - start,
    'accept-ranges': 'bytes',
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${content.length}` } : {}),
  });
  response.end(method === 'HEAD' ? undefined : content.subarray(start, end));
}

export function rangeOf(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (!match) return undefined;
  const start = Number(match[1]);
  if (start >= size) return 'unsatisfiable';
  return [start, match[2] ? Math.min(size, Number(match[2]) + 1) : size];
}

/** Serves `bytes` of what was asked for, then cuts the connection. */
export function resetAfter(bytes: number, times = Number.POSITIVE_INFINITY): Fault {
  return async (request, response, content, count) => {
    if (!content || count >= times) return false;
    const range = rangeOf(request.headers.range, content.length);
    if (range === 'unsatisfiable') return false;
    const [start, end] = range ?? [0, content.length];
    if (end - start <= bytes) return false;
    response.writeHead(range ? 206 : 200, {
      'content-length': end - start,
      ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${content.length}` } : {}),
    });
    response.write(content.subarray(start, start + bytes));
    await delay(10);
    response.socket?.resetAndDestroy();
    return true;
  };
}

/** Serves other bytes of the same length. */
export const wrongBytes: Fault = (request, response, content) => {
  if (!content) return false;
  sendContent(request, response, Buffer.alloc(content.length, 'x'));
  return true;
};

/** Serves whole blobs only, whatever range is asked for. */
export const noRanges: Fault = (request, response, content) => {
  if (!content) return false;
  response.writeHead(200, { 'content-length': content.length }).end(request.method === 'HEAD' ? undefined : content);
  return true;
};

/** Serves the first `bytes` in a chunked body, ended properly, again and again. */
export function shortBody(bytes: number): Fault {
  return (_request, response, content) => {
    if (!content) return false;
    response.writeHead(200);
    response.write(content.subarray(0, bytes));
    response.end();
    return true;
  };
}

/** Serves whole blobs in a chunked body without a length. */
export const chunked: Fault = async (_request, response, content) => {
  if (!content) return false;
  response.writeHead(200);
  for (let at = 0; at < content.length; at += 65_536) response.write(content.subarray(at, at + 65_536));
  response.end();
  return true;
};

/** Serves one byte every `everyMs`. */
export function trickle(everyMs: number): Fault {
  return async (_request, response, content) => {
    if (!content) return false;
    response.writeHead(200, { 'content-length': content.length });
    for (let at = 0; at < content.length && !response.destroyed; at++) {
      response.write(content.subarray(at, at + 1));
      await delay(everyMs);
    }
    response.end();
    return true;
  };
}

/** Sends headers and `bytes`, then nothing more. */
export function stallAfter(bytes: number, times = Number.POSITIVE_INFINITY): Fault {
  return (request, response, content, count) => {
    if (!content || count >= times) return false;
    const range = rangeOf(request.headers.range, content.length);
    if (range === 'unsatisfiable') return false;
    const [start, end] = range ?? [0, content.length];
    response.writeHead(range ? 206 : 200, {
      'content-length': end - start,
      ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${content.length}` } : {}),
    });
    response.write(content.subarray(start, Math.min(end, start + bytes)));
    return true;
  };
}

/** Answers the first `times` requests with a status. */
export function statusTimes(status: number, times: number, headers: Record<string, string> = {}): Fault {
  return (_request, response, _content, count) => {
    if (count >= times) return false;
    sendError(response, status, 'UNAVAILABLE', 'come back later', headers);
    return true;
  };
}

/** Sends every request elsewhere. */
export function redirectTo(base: string, status = 307): Fault {
  return (request, response) => {
    response.writeHead(status, { location: `${base}${request.path}` }).end();
    return true;
  };
}
