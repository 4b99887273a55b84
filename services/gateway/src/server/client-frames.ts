import { mendAuthority } from './authority.js';

/** The first bytes of a client: `PRI * HTTP/2.0` and more (RFC 9113, section 3.4). */
const PREFACE_BYTES = 24;
const HEADER_BYTES = 9;
const HEADERS = 1;
const PADDED = 0x8;
const PRIORITY = 0x20;
const PRIORITY_BYTES = 5;
/** The longest frame that a server takes which has not said otherwise (RFC 9113, section 6.5.2). */
const MAX_FRAME_BYTES = 16_384;

/**
 * Follows the frames of one client of HTTP/2 and mends the authority of each request, see {@link mendAuthority}.
 * A HEADERS frame is held back until it is whole; all else goes by as it comes. CONTINUATION is not looked into:
 * pseudo-header fields come first in a block (RFC 9113, section 8.3), and a client has 16 KB for them.
 */
export class ClientFrames {
  /** Bytes that go by unread: the preface, then the rest of a frame. */
  #unread = PREFACE_BYTES;
  /** The start of a frame whose header, or whose header block, is not whole. */
  #held: Buffer | undefined;

  /** Takes what the client sent, which may be changed in place; gives what can go on, which may be nothing. */
  mend(chunk: Buffer): Buffer {
    const bytes = this.#held ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = undefined;
    let at = this.#unread;
    while (at < bytes.length) {
      const from = at + HEADER_BYTES;
      const length = from <= bytes.length ? bytes.readUIntBE(at, 3) : 0;
      const isRequest = bytes[at + 3] === HEADERS && length <= MAX_FRAME_BYTES;
      if (from > bytes.length || (isRequest && from + length > bytes.length)) {
        this.#held = bytes.subarray(at);
        this.#unread = 0;
        return bytes.subarray(0, at);
      }
      at = from + length;
      if (isRequest) mendAuthority(headerBlock(bytes[from - 5] as number, bytes.subarray(from, at)));
    }
    this.#unread = at - bytes.length;
    return bytes;
  }
}

/** The field block fragment of a HEADERS frame's payload (RFC 9113, section 6.2). */
function headerBlock(flags: number, payload: Buffer): Buffer {
  const padding = flags & PADDED ? (payload[0] ?? 0) : 0;
  const from = (flags & PADDED ? 1 : 0) + (flags & PRIORITY ? PRIORITY_BYTES : 0);
  return payload.subarray(from, Math.max(from, payload.length - padding));
}
