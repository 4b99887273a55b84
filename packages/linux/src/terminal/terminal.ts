import { readSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { hasCode } from '../errno.js';
import { openPipeHandle } from '../socket/pipe-handle.js';

const readBytes = 64 << 10;

/** The master side of a pseudo-terminal. */
class Terminal extends Socket {
  readonly #fd: number;
  #ended = false;

  constructor(fd: number) {
    super({ handle: openPipeHandle(fd), readable: true, writable: true, allowHalfOpen: true } as SocketConstructorOpts);
    this.#fd = fd;
  }

  // A hang-up with less in a read than was asked for is the end to libuv, while a terminal hands out 4 KB at a time.
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (chunk === null && !this.#ended && !this.destroyed) {
      this.#ended = true;
      for (let rest = this.#readMore(); rest; rest = this.#readMore()) super.push(rest);
    }
    return super.push(chunk, encoding);
  }

  // A master whose other side was closed by its last holder reads EIO (pty(7)).
  override destroy(error?: Error): this {
    if (!hasCode(error, 'EIO') || this.#ended || this.destroyed) return super.destroy(error);
    this.push(null);
    return this;
  }

  #readMore(): Buffer | undefined {
    const bytes = Buffer.allocUnsafe(readBytes);
    try {
      const count = readSync(this.#fd, bytes);
      return count > 0 ? bytes.subarray(0, count) : undefined;
    } catch (error) {
      if (hasCode(error, 'EIO', 'EAGAIN')) return undefined;
      throw error;
    }
  }
}

/**
 * The master of a pseudo-terminal as a socket that owns its descriptor. It ends when no process holds the other side.
 * To `end` it does nothing to the other side, which has no half-close: `destroy` hangs it up.
 */
export function openTerminal(fd: number): Socket {
  return new Terminal(fd);
}
