import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Registry } from './registry.js';
import type { Scope } from './scope.js';

/** A request that went through. */
export interface Seen {
  readonly method: string;
  /** The digest of the blob, or the manifest's name. */
  readonly name: string;
  readonly kind: 'blobs' | 'manifests';
  /** First byte asked for. */
  readonly start: number;
}

/** A proxy in front of a registry: counts, slows down, and damages on demand. */
export class Proxy {
  readonly seen: Seen[] = [];
  host = '';
  /** Bytes a second for each blob; 0 is no limit. */
  bytesPerSecond = 0;
  /** Blobs of this digest come with their last byte changed. */
  damaged = '';
  /** Connections that ask for such a manifest are cut. */
  brokenManifests: RegExp | undefined;

  /** The requests for a blob's content. */
  fetches(digest: string): Seen[] {
    return this.seen.filter(({ kind, name, method }) => kind === 'blobs' && name === digest && method === 'GET');
  }

  clear(): void {
    this.seen.length = 0;
  }

  static async start(scope: Scope, registry: Registry): Promise<Proxy> {
    const proxy = new Proxy();
    const sockets = new Set<Socket>();
    const server = createServer((incoming, outgoing) => {
      proxy.#forward(registry.host, incoming, outgoing).catch(() => outgoing.destroy());
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    proxy.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    scope.after(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          for (const socket of sockets) socket.destroy();
        }),
    );
    return proxy;
  }

  async #forward(host: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [, kind, name = ''] = /\/(blobs|manifests)\/([^/?]+)$/.exec(incoming.url ?? '') ?? [];
    if (kind === 'manifests' && this.brokenManifests?.test(name)) throw new Error('cut');
    if (kind) {
      const start = Number(/^bytes=(\d+)-/.exec(incoming.headers.range ?? '')?.[1] ?? 0);
      this.seen.push({ method: incoming.method ?? '', kind: kind as Seen['kind'], name, start });
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const [hostname, port] = host.split(':');
      const { method, url, headers } = incoming;
      request({ hostname, port, method, path: url, headers }, resolve).once('error', reject).end();
    });
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    if (kind !== 'blobs') return pipeline(answer, outgoing);
    let left = Number(answer.headers['content-length']);
    const meddle = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        left -= chunk.length;
        if (name === this.damaged && left === 0) chunk[chunk.length - 1] = (chunk.at(-1) ?? 0) ^ 1;
        const pause = this.bytesPerSecond === 0 ? 0 : (chunk.length / this.bytesPerSecond) * 1000;
        if (pause === 0) done(null, chunk);
        else delay(pause).then(() => done(null, chunk), done);
      },
    });
    return pipeline(answer, meddle, outgoing);
  }
}
