import type { Socket } from 'node:net';

/** The logical connections of a trunk: what the plugin serves, and what the runtime serves. */
export const connections = { plugin: 1, runtime: 2 } as const;

/** Four bytes of connection id, four of length, both big-endian. */
const HEADER = 8;
/** A ttrpc message of the largest size with its header. */
const MAX_FRAME = (4 << 20) + 10;

/**
 * Carries NRI's two logical connections over one socket (nri pkg/net/multiplex). Opening one has no effect on the
 * wire: both sides know the ids, and frames of an id that nobody listens to are dropped.
 */
export class Trunk {
  readonly #listeners = new Map<number, (bytes: Buffer) => void>();
  #rest: Buffer = Buffer.alloc(0);

  constructor(
    readonly socket: Socket,
    /** Called once, with what ended it where that was no plain close. */
    readonly onClose: (error: Error | undefined) => void,
  ) {
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => onClose(failure));
    socket.on('end', () => socket.destroy());
    socket.on('data', (chunk) => {
      try {
        this.#take(chunk);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    // A plugin may connect and speak before anybody listens.
    socket.pause();
  }

  /** Hands the bytes of a connection to `take`, frame by frame. */
  listen(id: number, take: (bytes: Buffer) => void): void {
    this.#listeners.set(id, take);
  }

  /** Reads from here on. */
  open(): void {
    this.socket.resume();
  }

  /** Bytes that wait in memory for a plugin that does not read. */
  get waiting(): number {
    return this.socket.writableLength;
  }

  send(id: number, bytes: Uint8Array): void {
    if (this.socket.destroyed) return;
    const header = Buffer.allocUnsafe(HEADER);
    header.writeUInt32BE(id, 0);
    header.writeUInt32BE(bytes.length, 4);
    this.socket.cork();
    this.socket.write(header);
    this.socket.write(bytes);
    this.socket.uncork();
  }

  close(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEADER) {
      const length = bytes.readUInt32BE(4);
      if (length > MAX_FRAME) throw new Error(`a frame of ${length} bytes: NRI's end at ${MAX_FRAME}`);
      if (bytes.length < HEADER + length) break;
      this.#listeners.get(bytes.readUInt32BE(0))?.(bytes.subarray(HEADER, HEADER + length));
      bytes = bytes.subarray(HEADER + length);
    }
    this.#rest = bytes;
  }
}
