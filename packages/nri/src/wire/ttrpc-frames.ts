/** A ttrpc message: see PROTOCOL.md of github.com/containerd/ttrpc. */
export interface TtrpcMessage {
  streamId: number;
  type: number;
  payload: Buffer;
}

export const messageTypes = { request: 1, response: 2 } as const;

/** Length, stream id (four bytes each, big-endian), type, flags. */
const HEADER = 10;
/** Bytes that a message's payload may have. */
export const MAX_PAYLOAD = 4 << 20;
/** The most that a Go peer reads in one call. Its multiplexer does not accept a longer first write. */
const FIRST_WRITE = 4096;

/** The pieces in which a message is to be written: a Go peer takes no others. */
export function encodeMessage(streamId: number, type: number, payload: Uint8Array): Uint8Array[] {
  const bytes = Buffer.allocUnsafe(HEADER + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeUInt32BE(streamId, 4);
  bytes.writeUInt8(type, 8);
  bytes.writeUInt8(0, 9);
  bytes.set(payload, HEADER);
  if (bytes.length <= FIRST_WRITE) return [bytes];
  return [bytes.subarray(0, FIRST_WRITE), bytes.subarray(FIRST_WRITE)];
}

/** Puts messages together from pieces of any size. */
export class MessageParser {
  #rest: Buffer = Buffer.alloc(0);

  constructor(readonly take: (message: TtrpcMessage) => void) {}

  /** @throws Error on a message that is too long */
  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEADER) {
      const length = bytes.readUInt32BE(0);
      if (length > MAX_PAYLOAD) throw new Error(`a message of ${length} bytes: ttrpc's end at ${MAX_PAYLOAD}`);
      if (bytes.length < HEADER + length) break;
      const payload = bytes.subarray(HEADER, HEADER + length);
      this.take({ streamId: bytes.readUInt32BE(4), type: bytes.readUInt8(8), payload });
      bytes = bytes.subarray(HEADER + length);
    }
    this.#rest = bytes;
  }
}
