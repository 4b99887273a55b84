import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two pieces of a slowed blob. */
const stepMs = 20;

/** A client's request for the content of a blob. */
export interface BlobFetch {
  readonly digest: string;
  /** The first byte that was asked for. */
  readonly start: number;
  /** Bytes that went out so far. */
  bytes: number;
}

/** What stands between a node and its registry: counts what is fetched and slows it down. */
export class RegistryProxy {
  readonly fetches: BlobFetch[] = [];
  /** For each blob; 0 is no limit. */
  bytesPerSecond = 0;
  readonly #server: Server;

  private constructor(readonly upstream: string) {
    this.#server = createServer((incoming, outgoing) => {
      this.#forward(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async start(upstream: string): Promise<RegistryProxy> {
    const proxy = new RegistryProxy(upstream);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** host:port, as it stands in references. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A reference of the registry behind, as it is to be pulled through here. */
  through(reference: string): string {
    return reference.replace(this.upstream, this.host);
  }

  /** Bytes of blobs that went out. */
  get bytes(): number {
    return this.fetches.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  clear(): void {
    this.fetches.length = 0;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method, url, headers } = incoming;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const [hostname, port] = this.upstream.split(':');
      request({ hostname, port, method, path: url, headers }, resolve).once('error', reject).end();
    });
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    const digest = /\/blobs\/([^/?]+)$/.exec(url ?? '')?.[1];
    if (digest === undefined || method !== 'GET') return pipeline(answer, outgoing);
    const start = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    const fetch: BlobFetch = { digest, start, bytes: 0 };
    this.fetches.push(fetch);
    return pipeline(answer, this.#slowed(fetch), outgoing);
  }

  #slowed(fetch: BlobFetch): Transform {
    const slowed = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#trickle(chunk, fetch, slowed).then(() => done(), done);
      },
    });
    return slowed;
  }

  async #trickle(chunk: Buffer, fetch: BlobFetch, out: Transform): Promise<void> {
    for (let at = 0; at < chunk.length && !out.destroyed; ) {
      // Read anew at each step: the limit may be lifted in the middle of a blob.
      const limit = this.bytesPerSecond;
      const size = limit === 0 ? chunk.length : Math.max(1, Math.ceil((limit * stepMs) / 1000));
      const part = chunk.subarray(at, at + size);
      out.push(part);
      fetch.bytes += part.length;
      at += part.length;
      if (limit !== 0) await sleep(stepMs);
    }
  }
}
