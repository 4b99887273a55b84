import { Inflate, Z_SYNC_FLUSH } from 'pako';
import { headerDictionary, headerDictionaryId } from './dictionary.js';
import { SpdyProtocolError } from './protocol-error.js';

/** Header names in lower case; several values of one name in order. */
export type SpdyHeaders = Record<string, string[]>;

/** Name/value header block (SPDY Protocol, Draft 3.1, section 2.6.10): counts and lengths of 32 bits, values joined by NUL. */
export function encodeHeaders(headers: Record<string, string | string[]>): Buffer {
  const entries = Object.entries(headers);
  const parts: Buffer[] = [];
  const addLength = (length: number): void => {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(length);
    parts.push(bytes);
  };
  addLength(entries.length);
  for (const [name, value] of entries) {
    for (const text of [name.toLowerCase(), [value].flat().join('\0')]) {
      const bytes = Buffer.from(text);
      addLength(bytes.length);
      parts.push(bytes);
    }
  }
  return Buffer.concat(parts);
}

/** @throws SpdyProtocolError for a block that does not hold what it says, or names that repeat, are empty or not in lower case */
export function decodeHeaders(block: Buffer): SpdyHeaders {
  const headers: SpdyHeaders = Object.create(null) as SpdyHeaders;
  let offset = 0;
  const readLength = (): number => {
    if (offset + 4 > block.length) throw new SpdyProtocolError('a header block ends early');
    offset += 4;
    return block.readUInt32BE(offset - 4);
  };
  const readText = (): string => {
    const length = readLength();
    if (length > block.length - offset) throw new SpdyProtocolError('a header block ends early');
    offset += length;
    return block.toString('utf8', offset - length, offset);
  };
  for (let count = readLength(); count > 0; count--) {
    const name = readText();
    if (name === '' || name !== name.toLowerCase() || name in headers) {
      throw new SpdyProtocolError(`header name ${JSON.stringify(name.slice(0, 64))} is not allowed here`);
    }
    headers[name] = readText().split('\0');
  }
  if (offset !== block.length) throw new SpdyProtocolError('a header block has bytes after its end');
  return headers;
}

// A zlib stream (RFC 1950) a direction is shared by all header blocks of a session, each of which ends with a sync
// flush. They are a few hundred bytes: a trip to zlib's own thread would take longer than all the rest of them.

/** CMF and FLG with FDICT set, whose check bits make it a multiple of 31 (RFC 1950, section 2.2). */
const streamHeader = 0x78bb;
/** An empty stored block: what a sync flush ends with, and what makes a peer's inflater hand out what it has. */
const syncFlush = Buffer.from([0, 0, 0, 0xff, 0xff]);
const maxStoredBytes = 0xffff;

/** Writes header blocks of one session in their order, as blocks that are stored and not compressed. */
export class HeaderWriter {
  #started = false;

  write(headers: Record<string, string | string[]>): Buffer {
    const parts: Buffer[] = [];
    if (!this.#started) {
      const start = Buffer.alloc(6);
      start.writeUInt16BE(streamHeader);
      start.writeUInt32BE(headerDictionaryId, 2);
      parts.push(start);
      this.#started = true;
    }
    const block = encodeHeaders(headers);
    for (let offset = 0; offset < block.length; offset += maxStoredBytes) {
      const piece = block.subarray(offset, offset + maxStoredBytes);
      // RFC 1951, section 3.2.4: not the last block, its length, and its one's complement.
      const header = Buffer.alloc(5);
      header.writeUInt16LE(piece.length, 1);
      header.writeUInt16LE(maxStoredBytes - piece.length, 3);
      parts.push(header, piece);
    }
    return Buffer.concat([...parts, syncFlush]);
  }
}

/** Reads header blocks of one session, in their order. */
export class HeaderReader {
  readonly #inflate = new Inflate({ dictionary: headerDictionary, windowBits: 15, chunkSize: 4096 });
  #parts: Uint8Array[] = [];
  #size = 0;
  #failure: SpdyProtocolError | undefined;

  /** `limit`: the largest block in bytes, uncompressed. */
  constructor(limit: number) {
    this.#inflate.onData = (part) => {
      this.#size += part.length;
      if (this.#size > limit) throw new SpdyProtocolError(`headers: a block of over ${limit} bytes`);
      this.#parts.push(part);
    };
  }

  /** @throws SpdyProtocolError; the session's headers cannot be read any more then */
  read(block: Buffer): SpdyHeaders {
    if (this.#failure) throw this.#failure;
    try {
      const read = this.#inflate.push(block, Z_SYNC_FLUSH);
      if (!read || this.#inflate.ended) throw new SpdyProtocolError(`headers: ${this.#inflate.msg || 'zlib ended'}`);
      return decodeHeaders(Buffer.concat(this.#parts));
    } catch (error) {
      this.#failure = error as SpdyProtocolError;
      throw error;
    } finally {
      this.#parts = [];
      this.#size = 0;
    }
  }
}
