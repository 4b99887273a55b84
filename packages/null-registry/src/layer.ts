import { createCipheriv, createHash } from 'node:crypto';

const TAR_BLOCK = 512;
const AES_BLOCK = 16;
const CHUNK = 256 << 10;

/**
 * A layer that is made up while it is read: a tar archive (POSIX.1-1988 ustar) of one file, whose content is the AES-CTR
 * key stream of the layer's name. So it does not compress, is the same at every reading, and any part of
 * it can be read without what lies before.
 */
export class MadeLayer {
  /** Bytes of the archive. */
  readonly size: number;
  readonly #content: number;
  readonly #key: Buffer;
  readonly #header: Buffer;

  /** `content`: bytes of its file. */
  constructor(name: string, content: number) {
    this.#content = content;
    this.#key = createHash('sha256').update(name).digest();
    this.#header = tarHeader(`layer-${this.#key.toString('hex', 0, 8)}`, content);
    const padded = Math.ceil(content / TAR_BLOCK) * TAR_BLOCK;
    // Two empty blocks end an archive.
    this.size = TAR_BLOCK + padded + 2 * TAR_BLOCK;
  }

  /** Its digest, as sha256:<hex>; reads all of it. */
  digest(): string {
    const hash = createHash('sha256');
    for (const chunk of this.read(0, this.size)) hash.update(chunk);
    return `sha256:${hash.digest('hex')}`;
  }

  /** The bytes from `start` up to, not including, `end`. */
  *read(start: number, end: number): Generator<Buffer> {
    if (start < TAR_BLOCK) yield this.#header.subarray(start, end);
    const contentEnd = TAR_BLOCK + this.#content;
    let at = Math.max(start, TAR_BLOCK);
    for (; at < Math.min(end, contentEnd); at += CHUNK - ((at - TAR_BLOCK) % CHUNK)) {
      const next = at + CHUNK - ((at - TAR_BLOCK) % CHUNK);
      yield this.#stream(at - TAR_BLOCK, Math.min(next, end, contentEnd) - TAR_BLOCK);
    }
    at = Math.max(start, contentEnd);
    if (at < end) yield Buffer.alloc(end - at);
  }

  /** Part of the key stream: the counter begins at the block that the part begins in. */
  #stream(from: number, to: number): Buffer {
    const skip = from % AES_BLOCK;
    const counter = Buffer.alloc(AES_BLOCK);
    counter.writeBigUInt64BE(BigInt(Math.floor(from / AES_BLOCK)), 8);
    const cipher = createCipheriv('aes-256-ctr', this.#key, counter);
    return cipher.update(Buffer.alloc(skip + to - from)).subarray(skip);
  }
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(TAR_BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  // The checksum is taken with blanks in its place.
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)} `, 148);
  return header;
}
