import { constants, existsSync } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { orAborted } from './abort.js';
import { type Digest, Digester, digestAlgorithm } from '@slipway/digest';
import { type ByteRange, RangeSet } from './range-set.js';

const readBytes = 1024 * 1024;
/** How much is lost at most, of each stream, when the process is killed while several pieces are under way. */
const saveEveryBytes = 4 * 1024 * 1024;

/**
 * A blob that is on its way to disk. Its bytes are hashed as the gapless front moves on: from memory where the
 * bytes at the front are the ones being written, otherwise from the file (still in the page cache).
 *
 * A file without a `.ranges` file beside it is whole up to its length. While pieces are fetched side by side the
 * file has holes, and `.ranges` says what is there; it is written before the first hole is made, and never says
 * more than is true.
 */
export class PartialFile {
  readonly #path: string;
  readonly #size: number;
  readonly #digest: Digest;
  readonly #file: FileHandle;
  readonly #have: RangeSet;
  #digester: Digester;
  #hashing: Promise<void> | undefined;
  #scattered: boolean;
  #unsaved = 0;
  #saving: Promise<void> | undefined;

  private constructor(
    path: string,
    size: number,
    digest: Digest,
    file: FileHandle,
    have: RangeSet,
    scattered: boolean,
  ) {
    this.#path = path;
    this.#size = size;
    this.#digest = digest;
    this.#file = file;
    this.#have = have;
    this.#scattered = scattered;
    this.#digester = new Digester(digestAlgorithm(digest));
  }

  /** Opens or creates the file. Bytes that it holds already count, unless there are more than the blob can have. */
  static async open(path: string, size: number, digest: Digest): Promise<PartialFile> {
    const created = await create(path);
    const file = created ?? (await open(path, constants.O_RDWR | constants.O_CREAT, 0o600));
    try {
      if (created) {
        // The list belongs to an earlier file when the process was killed while it removed that file.
        for (const left of [`${path}.ranges.new`, `${path}.ranges`]) {
          // There hardly ever is one, and asking costs less than an attempt that fails.
          if (existsSync(left)) await rm(left, { force: true });
        }
        return new PartialFile(path, size, digest, file, new RangeSet(), false);
      }
      const { size: length } = await file.stat();
      // Left by a process that was killed while it saved.
      await rm(`${path}.ranges.new`, { force: true });
      const saved = await readRanges(`${path}.ranges`);
      const fits =
        saved === undefined ? length <= size : saved !== 'damaged' && saved.every(([, end]) => end <= length);
      if (!fits || length > size) {
        await file.truncate(0);
        await rm(`${path}.ranges`, { force: true });
        return new PartialFile(path, size, digest, file, new RangeSet(), false);
      }
      const ranges = saved === undefined ? ([[0, length]] as const) : (saved as ByteRange[]);
      return new PartialFile(path, size, digest, file, new RangeSet(ranges), saved !== undefined);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get front(): number {
    return this.#have.front;
  }

  get total(): number {
    return this.#have.total;
  }

  get complete(): boolean {
    return this.#have.front === this.#size;
  }

  missing(): ByteRange[] {
    return this.#have.missing(this.#size);
  }

  /** To be called before bytes are written anywhere but at the front. */
  async allowHoles(): Promise<void> {
    if (this.#scattered) return;
    this.#scattered = true;
    await this.save();
  }

  /** Writes chunks one after the other from `offset` on. */
  async write(offset: number, chunks: readonly Buffer[]): Promise<void> {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    let rest = [...chunks];
    let at = offset;
    while (rest.length > 0) {
      const { bytesWritten } = await this.#file.writev(rest, at);
      at += bytesWritten;
      rest = dropBytes(rest, bytesWritten);
    }
    this.#have.add(offset, offset + length);
    this.#unsaved += length;
    if (!this.#hashing && this.#digester.bytes === offset) for (const chunk of chunks) this.#digester.update(chunk);
    this.#catchUp();
    if (this.#scattered && this.#unsaved >= saveEveryBytes && !this.#saving) {
      // A save that fails is no harm by itself: at worst these bytes are fetched again.
      this.#saving = this.save()
        .catch(() => {})
        .finally(() => {
          this.#saving = undefined;
        });
    }
  }

  /** Hashes what the file holds at its front but nobody has hashed yet. */
  #catchUp(): void {
    if (this.#hashing || this.#digester.bytes >= this.#have.front) return;
    this.#hashing = this.#hashFile().finally(() => {
      this.#hashing = undefined;
    });
    // Its failure is met where it is awaited, in digest().
    this.#hashing.catch(() => {});
  }

  async #hashFile(): Promise<void> {
    const digester = this.#digester;
    const buffer = Buffer.allocUnsafe(readBytes);
    while (digester === this.#digester && digester.bytes < this.#have.front) {
      const wanted = Math.min(buffer.length, this.#have.front - digester.bytes);
      const { bytesRead } = await this.#file.read(buffer, 0, wanted, digester.bytes);
      if (bytesRead === 0) throw new Error(`${this.#path} ends at ${digester.bytes} bytes`);
      digester.update(buffer.subarray(0, bytesRead));
    }
  }

  /** The digest of the whole file; to be called once it is complete. */
  async digest(signal?: AbortSignal): Promise<Digest> {
    while (this.#digester.bytes < this.#size) {
      this.#catchUp();
      await orAborted(this.#hashing ?? Promise.resolve(), signal);
    }
    return this.#digester.digest();
  }

  /** Forgets all bytes. */
  async reset(): Promise<void> {
    await this.#settle();
    this.#have.clear();
    this.#digester = new Digester(digestAlgorithm(this.#digest));
    await this.#file.truncate(0);
    this.#scattered = false;
    await rm(`${this.#path}.ranges`, { force: true });
  }

  /** Writes down which bytes are there. */
  async save(): Promise<void> {
    this.#unsaved = 0;
    const text = JSON.stringify({ size: this.#size, have: this.#have.ranges });
    await writeFile(`${this.#path}.ranges.new`, text);
    await rename(`${this.#path}.ranges.new`, `${this.#path}.ranges`);
  }

  /** Closes the file; what is there stays for the next try. */
  async close(): Promise<void> {
    try {
      await this.#settle();
      if (!this.#scattered) return;
      if (this.complete) await rm(`${this.#path}.ranges`, { force: true });
      else await this.save();
    } finally {
      await this.#file.close();
    }
  }

  /** Closes and removes the file. */
  async remove(): Promise<void> {
    await this.#settle();
    await this.#file.close();
    await rm(this.#path, { force: true });
    await rm(`${this.#path}.ranges`, { force: true });
  }

  async #settle(): Promise<void> {
    this.#digester = new Digester(digestAlgorithm(this.#digest));
    await this.#hashing?.catch(() => {});
    await this.#saving;
  }
}

/** A new file; undefined where there is one. */
async function create(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

function dropBytes(chunks: readonly Buffer[], count: number): Buffer[] {
  let left = count;
  const rest: Buffer[] = [];
  for (const chunk of chunks) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      rest.push(left === 0 ? chunk : chunk.subarray(left));
      left = 0;
    }
  }
  return rest;
}

async function readRanges(file: string): Promise<ByteRange[] | 'damaged' | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const { have } = JSON.parse(text) as { have: [number, number][] };
    const sound = have.every(
      ([start, end]) => Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end,
    );
    return sound ? have : 'damaged';
  } catch {
    return 'damaged';
  }
}
