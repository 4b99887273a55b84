import { randomUUID } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlipwayError } from '@slipway/errors';
import { decompressFile, detectCompression, type TarEntry, TarReader, type TarSink } from '@slipway/layers';
import { hasCode } from '@slipway/linux';
import { type Digest, Digester, digestAlgorithm } from '@slipway/digest';

/** A file within the archive: where its bytes lie. */
export interface Member {
  readonly name: string;
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

const chunkBytes = 1 << 20;
/** As many as any archive has of links that stand for one another. */
const maxLinks = 16;

/** The tar of an image archive, opened once and read at any place. Only its list of members is kept in memory. */
export class ArchiveFile {
  readonly #members = new Map<string, Member>();
  readonly #links = new Map<string, string>();

  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  /**
   * Opens an archive, plain or compressed with gzip or zstd. A compressed one is first decompressed into a file
   * without a name in `directory`: layers lie anywhere in it, and some writers put the list of them last.
   * @throws INVALID_REQUEST for what cannot be opened, IMAGE_INVALID for what is no tar, DISK_FULL
   */
  static async open(path: string, directory: string, signal: AbortSignal): Promise<ArchiveFile> {
    const given = await openRegular(path);
    try {
      const archive = new ArchiveFile(path, await plain(given, directory, signal));
      try {
        await archive.#index(signal);
      } catch (error) {
        if (archive.handle !== given) await archive.close();
        throw error;
      }
      if (archive.handle !== given) await given.close();
      return archive;
    } catch (error) {
      await given.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** The member of this name, through links where the archive has them; undefined when there is none. */
  find(name: string): Member | undefined {
    let at = normal(name);
    for (let hops = 0; hops <= maxLinks; hops++) {
      const member = this.#members.get(at);
      if (member) return member;
      const target = this.#links.get(at);
      if (target === undefined) return undefined;
      at = target;
    }
    return undefined;
  }

  /** @throws IMAGE_INVALID */
  require(name: string): Member {
    const member = this.find(name);
    if (!member)
      throw new SlipwayError('IMAGE_INVALID', `the archive names ${JSON.stringify(name)} and does not hold it`);
    return member;
  }

  /** A small member in memory. LIMIT_EXCEEDED when it is larger than `maxBytes`. */
  async read({ name, offset, size }: Member, maxBytes: number): Promise<Buffer> {
    if (size > maxBytes) {
      throw new SlipwayError('LIMIT_EXCEEDED', `${JSON.stringify(name)} has ${size} bytes, more than ${maxBytes}`);
    }
    const bytes = Buffer.alloc(size);
    for (let done = 0; done < size; ) {
      const { bytesRead } = await this.handle.read(bytes, done, size - done, offset + done);
      if (bytesRead === 0) throw new SlipwayError('IMAGE_INVALID', `the archive ends within ${JSON.stringify(name)}`);
      done += bytesRead;
    }
    return bytes;
  }

  /** The first bytes of a member. */
  async head({ offset, size }: Member, length = 16): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.min(length, size));
    const { bytesRead } = await this.handle.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  }

  /** The sha256 digest of a member's bytes. */
  async digest(member: Member, signal: AbortSignal): Promise<Digest> {
    const digester = new Digester('sha256');
    for await (const chunk of this.#stream(member)) {
      signal.throwIfAborted();
      digester.update(chunk as Buffer);
    }
    return digester.digest();
  }

  /** Copies a member to a file and compares its digest on the way. @throws DIGEST_MISMATCH */
  async copy(
    member: Member,
    target: { path: string; digest: Digest; signal: AbortSignal; onProgress(bytes: number): void },
  ): Promise<void> {
    const digester = new Digester(digestAlgorithm(target.digest));
    let bytes = 0;
    target.onProgress(0);
    const watched = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        digester.update(chunk);
        bytes += chunk.length;
        target.onProgress(bytes);
        done(null, chunk);
      },
    });
    try {
      const file = createWriteStream(target.path, { mode: 0o600 });
      await pipeline(this.#stream(member), watched, file, { signal: target.signal });
    } catch (error) {
      throw diskError(error, dirname(target.path), `${bytes} of ${member.size} bytes of layer ${target.digest}`);
    }
    const found = digester.digest();
    if (found === target.digest) return;
    await rm(target.path, { force: true });
    throw new SlipwayError(
      'DIGEST_MISMATCH',
      `${JSON.stringify(member.name)} has the digest ${found}, not ${target.digest}`,
      {
        hint: 'the archive is damaged: save the image again',
      },
    );
  }

  #stream({ offset, size }: Member): Readable {
    if (size === 0) return Readable.from([]);
    const range = { start: offset, end: offset + size - 1, highWaterMark: chunkBytes };
    return createReadStream('', { fd: this.handle.fd, autoClose: false, ...range });
  }

  async #index(signal: AbortSignal): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes);
    let base = 0;
    let open: { name: string; size: number; offset: number } | undefined;
    const keep = (): void => {
      if (open) this.#members.set(open.name, open);
      open = undefined;
    };
    const sink: TarSink = {
      entry: (entry: TarEntry) => {
        const name = normal(entry.path);
        if (entry.type === 'symlink') this.#links.set(name, normal(posix.join(posix.dirname(name), entry.linkPath)));
        else if (entry.type === 'hardlink') this.#links.set(name, normal(entry.linkPath));
        else if (entry.type === 'file' && !entry.sparse) open = { name, size: entry.size, offset: 0 };
      },
      // The piece lies within the buffer that was read, so its place there is its place in the archive.
      data: (piece, offset) => {
        if (open && offset === 0) open = { ...open, offset: base + piece.byteOffset - buffer.byteOffset };
      },
      entryEnd: keep,
    };
    const reader = new TarReader(sink);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, base);
      if (bytesRead === 0) break;
      reader.push(buffer.subarray(0, bytesRead));
      base += bytesRead;
    }
    reader.end();
  }
}

async function openRegular(path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new SlipwayError('INVALID_REQUEST', `the puller cannot open ${path}: ${(cause as Error).message}`, {
      hint: 'name a file on the node that the puller runs on, or give the archive to slipway image load as its standard input',
      cause,
    });
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new SlipwayError('INVALID_REQUEST', `${path} is no regular file`, {
    hint: 'give the archive to slipway image load as its standard input',
  });
}

/** The archive's tar: the file itself, or what it decompresses to. */
async function plain(given: FileHandle, directory: string, signal: AbortSignal): Promise<FileHandle> {
  const head = Buffer.alloc(16);
  const { bytesRead } = await given.read(head, 0, head.length, 0);
  const compression = detectCompression(head.subarray(0, bytesRead));
  if (compression === 'none') return given;
  const target = await nameless(directory);
  try {
    await decompressFile(given, target, compression, signal);
    return target;
  } catch (error) {
    await target.close();
    throw diskError(error, directory, 'the decompressed archive');
  }
}

/** A file that is gone with its last descriptor, however this process ends. */
async function nameless(directory: string): Promise<FileHandle> {
  const path = join(directory, `archive-${randomUUID()}`);
  const handle = await open(path, 'wx+', 0o600);
  await rm(path);
  return handle;
}

function normal(name: string): string {
  return posix.normalize(`/${name}`).replace(/\/$/, '').slice(1);
}

function diskError(error: unknown, directory: string, what: string): unknown {
  if (!hasCode(error, 'ENOSPC', 'EDQUOT')) return error;
  return new SlipwayError('DISK_FULL', `no room in ${directory} for ${what}: ${(error as Error).message}`, {
    cause: error,
  });
}
