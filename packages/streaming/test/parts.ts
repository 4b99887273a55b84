import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { Duplex, PassThrough, Writable } from 'node:stream';
import { SpdySession, type SpdySessionOptions } from '../src/spdy/session.js';
import type { SpdyStream } from '../src/spdy/stream.js';
import type { Upgrade } from '../src/upgrade.js';

type Cleanup = () => void | Promise<void>;

/** The parts of `t` that helpers need. */
export interface TestScope {
  after(fn: Cleanup): void;
}

/** An HTTP server that hands every upgrade to `onUpgrade`; its address as host:port. */
export async function upgradeServer(t: TestScope, onUpgrade: (upgrade: Upgrade) => void): Promise<string> {
  const server = createServer();
  const sockets = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onUpgrade({ request, socket, head });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A TCP server; its port. */
export async function tcpServer(t: TestScope, onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Two ends of a TCP connection on loopback. */
export async function socketPair(t: TestScope): Promise<[Socket, Socket]> {
  let accepted: ((socket: Socket) => void) | undefined;
  const other = new Promise<Socket>((resolve) => {
    accepted = resolve;
  });
  const port = await tcpServer(t, (socket) => accepted?.(socket));
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  t.after(() => {
    socket.destroy();
  });
  return [socket, await other];
}

/** A client and a server session, joined. The server's streams go to `onStream`. */
export async function sessionPair(
  t: TestScope,
  onStream: (stream: SpdyStream) => void,
  server: Partial<SpdySessionOptions> = {},
  client: Partial<SpdySessionOptions> = {},
): Promise<{ client: SpdySession; server: SpdySession }> {
  const [near, far] = await socketPair(t);
  return {
    client: new SpdySession(near, { ...client, role: 'client' }),
    server: new SpdySession(far, { onStream, ...server, role: 'server' }),
  };
}

/** Everything a stream gives, to its end. */
export async function readAll(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** A Writable that keeps what it gets. */
export class Sink extends Writable {
  readonly parts: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.parts.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.parts).toString();
  }
}

/** A Readable that gives `text` and ends. */
export function source(text: string | Buffer): PassThrough {
  const stream = new PassThrough();
  stream.end(text);
  return stream;
}

/** Waits until `test` holds; fails after 10 s, naming `what`. */
export async function until(what: string, test: () => boolean): Promise<void> {
  for (let tries = 0; !test(); tries++) {
    if (tries > 2000) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Bytes that differ at every place and by seed. */
export function pattern(size: number, seed = 0): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let index = 0; index < size; index++) bytes[index] = (index * 31 + (index >> 8) + seed) & 0xff;
  return bytes;
}
