import { once } from 'node:events';
import { chmodSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { Limit } from '@slipway/time';

export interface NriLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** Milliseconds between two tries to have the socket. */
const AGAIN_MS = 1000;

/**
 * The socket that plugins connect to. The default path is that of every NRI runtime: where another one serves it, its
 * socket is left to it, and it is tried again.
 */
export class PluginListener {
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reported = false;
  readonly #sockets = new Set<Socket>();

  constructor(
    readonly path: string,
    readonly accept: (socket: Socket) => Promise<void>,
    readonly log: NriLog,
    /** The socket itself, which listens already and is not opened or removed here. */
    readonly fd?: number,
  ) {}

  /** Never rejects: pods do not need plugins, and what is wrong is logged once. */
  async open(): Promise<void> {
    try {
      this.#server = await listen(this.fd ?? this.path, (socket) => {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
        void this.accept(socket);
      });
      this.log.info({ socket: this.path }, 'taking NRI plugins');
    } catch (error) {
      if (!this.#reported)
        this.log.warn({ err: error, socket: this.path }, 'NRI plugins cannot connect; it is tried again');
      this.#reported = true;
      this.#timer = setTimeout(() => void this.open(), AGAIN_MS);
      this.#timer.unref();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const server = this.#server;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.unref();
    // Connections end once their plugins were notified; the server itself does not wait for them.
    await Promise.race([closed, new Promise((done) => setTimeout(done, 100))]);
  }
}

async function listen(at: string | number, accept: (socket: Socket) => void): Promise<Server> {
  if (typeof at === 'string') return await bind(at, accept);
  const server = createServer(accept);
  server.listen({ fd: at });
  await once(server, 'listening');
  return server;
}

async function bind(path: string, accept: (socket: Socket) => void): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (await isServed(path)) throw new Error(`another process serves ${path}: set nri.socket, or end it`);
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const server = createServer(accept);
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o700);
  return server;
}

/** Whether anybody answers; a socket that a dead process left does not. */
async function isServed(path: string): Promise<boolean> {
  using limit = new Limit({ ms: 1000 });
  const socket = connect(path);
  try {
    await once(socket, 'connect', { signal: limit.signal });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
