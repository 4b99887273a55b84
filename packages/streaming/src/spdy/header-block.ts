import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { headerDictionary } from './dictionary.js';
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

/**
 * One direction's zlib context, shared by all header blocks of a session; each block ends
 * with a sync flush. Blocks must be run in the order in which they stand on the wire.
 */
class HeaderContext {
  readonly #zlib: Inflate | Deflate;
  readonly #limit: number;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(zlib: Inflate | Deflate, limit: number) {
    this.#zlib = zlib;
    this.#limit = limit;
  }

  run(block: Buffer): Promise<Buffer> {
    const result = this.#tail.then(() => this.#transform(block));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  close(): void {
    this.#zlib.close();
  }

  #transform(block: Buffer): Promise<Buffer> {
    const zlib = this.#zlib;
    const parts: Buffer[] = [];
    let size = 0;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        zlib.off('readable', drain);
        zlib.off('error', fail);
        zlib.off('close', closed);
        act();
      };
      const fail = (error: Error): void => settle(() => reject(new SpdyProtocolError(`headers: ${error.message}`)));
      const closed = (): void => fail(new Error('the session ended'));
      // zlib pauses when nobody reads, so a block that unfolds to gigabytes never gets far.
      const drain = (): void => {
        for (let part = zlib.read() as Buffer | null; part; part = zlib.read() as Buffer | null) {
          size += part.length;
          parts.push(part);
          if (size > this.#limit) {
            zlib.destroy();
            fail(new Error(`a block of over ${this.#limit} bytes`));
            return;
          }
        }
      };
      if (zlib.destroyed) return fail(new Error('the session ended'));
      zlib.on('readable', drain);
      zlib.once('error', fail);
      zlib.once('close', closed);
      zlib.write(block, () => {
        if (zlib.destroyed) return;
        drain();
        settle(() => resolve(Buffer.concat(parts, size)));
      });
    });
  }
}

// Header blocks are a few hundred bytes: small contexts (zlib's default compressor holds 256 KB).
const shared = { dictionary: headerDictionary, flush: constants.Z_SYNC_FLUSH, chunkSize: 4096 };

export class HeaderCompressor {
  readonly #context: HeaderContext;

  constructor() {
    const zlib = createDeflate({ ...shared, windowBits: 11, memLevel: 2 });
    zlib.on('error', () => undefined);
    this.#context = new HeaderContext(zlib, Number.POSITIVE_INFINITY);
  }

  compress(headers: Record<string, string | string[]>): Promise<Buffer> {
    return this.#context.run(encodeHeaders(headers));
  }

  close(): void {
    this.#context.close();
  }
}

export class HeaderDecompressor {
  readonly #context: HeaderContext;

  /** `limit`: the largest block in bytes, uncompressed. */
  constructor(limit: number) {
    const zlib = createInflate(shared);
    zlib.on('error', () => undefined);
    this.#context = new HeaderContext(zlib, limit);
  }

  /** @throws SpdyProtocolError; the session's headers cannot be read any more then */
  async decompress(block: Buffer): Promise<SpdyHeaders> {
    return decodeHeaders(await this.#context.run(block));
  }

  close(): void {
    this.#context.close();
  }
}
