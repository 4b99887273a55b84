import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ClientFrames } from './client-frames.js';

/**
 * A client's connection as the HTTP/2 server gets it: what the client sends goes through {@link ClientFrames}. A client
 * that breaks off is no error of the server's: it is the connection's end, as Node has it for a socket.
 */
export class ClientConnection extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    const frames = new ClientFrames();
    socket.on('data', (chunk: Buffer) => {
      const mended = frames.mend(chunk);
      if (mended.length > 0 && !this.push(mended)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    // A fault of the connection, a write included, ends it: `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#socket.write(chunk, () => done());
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    const last = chunks.length - 1;
    this.#socket.cork();
    chunks.forEach(({ chunk }, at) => this.#socket.write(chunk, at === last ? () => done() : undefined));
    this.#socket.uncork();
  }

  override _final(done: () => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
