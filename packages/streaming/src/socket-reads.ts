import { Socket, type SocketConstructorOpts } from 'node:net';
import { type Duplex, finished } from 'node:stream';

/**
 * The reader of a piece of a connection. It returns true when nobody keeps the piece's memory, which is then read into
 * again; false when somebody does; a promise of the same when nothing may be read before it settles.
 */
export type Take = (chunk: Buffer) => boolean | Promise<boolean>;

/** Connections start small, since most sessions carry keystrokes; one that fills its buffer gets the large one. */
const firstBytes = 4096;
const largeBytes = 64 * 1024;

/** The used part of the handle below a net.Socket. Node has no public way to give an accepted socket a buffer. */
interface Handle {
  useUserBuffer(buffer: Buffer): void;
}

const readers = new WeakMap<Duplex, (take: Take) => Promise<void>>();

/** A connection whose writes the kernel takes itself: once written, nothing in this process holds the bytes. */
export function isPlainSocket(socket: Duplex): boolean {
  return socket.constructor === Socket;
}

/**
 * The same connection, but read into memory that is used again and again. Node allocates 64 KiB for each read and has
 * the garbage collector free them: at hundreds of MB a second that takes longer than the bytes do. `socket` is
 * empty afterwards and the returned connection replaces it, to be read by `readChunks` only. `head` comes
 * before all else. A connection for which this cannot be done, such as TLS or one that is still being made, is
 * answered as it is.
 */
export function reuseReads(socket: Duplex, head: Buffer = Buffer.alloc(0)): Duplex {
  const below = socket as { _handle?: Handle | null };
  // oxlint-disable-next-line no-underscore-dangle
  const handle = below._handle;
  const able = isPlainSocket(socket) && !readers.has(socket) && typeof handle?.useUserBuffer === 'function';
  const quiet = !(socket as Socket).connecting && socket.readable && socket.writableLength === 0;
  if (!handle || !able || !quiet) {
    if (head.length > 0) socket.unshift(head);
    return socket;
  }
  const early = (socket.read() as Buffer | null) ?? Buffer.alloc(0);
  // As Node's own cluster module moves a connection: the handle changes its owner and the old one is closed empty.
  // oxlint-disable-next-line no-underscore-dangle
  below._handle = null;
  const reads = new ReusedReads(handle, socket.allowHalfOpen, [head, early]);
  socket.destroy();
  readers.set(reads.socket, (take) => reads.start(take));
  return reads.socket;
}

/**
 * Hands all that comes on a connection to `take`, in order. Resolves at its end, rejects when it breaks or is closed
 * before. A `take` that throws destroys the connection with that error.
 */
export function readChunks(socket: Duplex, take: Take): Promise<void> {
  return readers.get(socket)?.(take) ?? readOwned(socket, take);
}

async function readOwned(socket: Duplex, take: Take): Promise<void> {
  for await (const chunk of socket as AsyncIterable<Buffer>) await take(chunk);
}

class ReusedReads {
  readonly socket: Socket;
  #take: Take | undefined;
  #early: Buffer[];
  #buffer: Buffer = Buffer.allocUnsafeSlow(firstBytes);
  #bytes = firstBytes;
  #spare: Buffer | undefined;

  constructor(handle: Handle, allowHalfOpen: boolean, early: Buffer[]) {
    this.#early = early.filter((bytes) => bytes.length > 0);
    this.socket = new Socket({
      handle,
      allowHalfOpen,
      manualStart: true,
      // The callback comes first, then the buffer of the next read is asked for.
      onread: { buffer: () => this.#buffer, callback: (count: number, buffer: Buffer) => this.#onRead(count, buffer) },
    } as SocketConstructorOpts);
    // The old owner may have begun to read.
    this.socket.pause();
  }

  async start(take: Take): Promise<void> {
    const { socket } = this;
    const ended = new Promise<void>((resolve, reject) => {
      finished(socket, { writable: false }, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    this.#take = take;
    this.#feedEarly().then(
      () => socket.resume(),
      (error: unknown) => socket.destroy(error as Error),
    );
    await ended;
  }

  async #feedEarly(): Promise<void> {
    for (const bytes of this.#early) await this.#take?.(bytes);
    this.#early = [];
  }

  /** Answers false to stop reading. */
  #onRead(count: number, buffer: Buffer): boolean {
    const { socket } = this;
    let taken: boolean | Promise<boolean>;
    try {
      taken = this.#take?.(buffer.subarray(0, count)) ?? true;
    } catch (error) {
      socket.destroy(error as Error);
      return false;
    }
    if (count === this.#bytes && this.#bytes < largeBytes) {
      this.#bytes = largeBytes;
      this.#spare = undefined;
      this.#buffer = Buffer.allocUnsafeSlow(largeBytes);
    } else if (taken !== true) {
      this.#buffer = this.#spare ?? Buffer.allocUnsafeSlow(this.#bytes);
      this.#spare = undefined;
    }
    if (typeof taken === 'boolean') return true;
    taken.then(
      (free) => {
        if (free && buffer.length === this.#bytes) this.#spare = buffer;
        if (!socket.destroyed) socket.resume();
      },
      (error: unknown) => socket.destroy(error as Error),
    );
    return false;
  }
}
