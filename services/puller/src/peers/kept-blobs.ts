import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@slipway/linux';
import { isDigest } from '@slipway/digest';

/** A blob is not taken for garbage before this age, milliseconds: the record of the image it came with is written after it. */
const youngMs = 600_000;
const bootIdFile = '/proc/sys/kernel/random/boot_id';

/**
 * Blobs as they came from the registry, kept for other nodes within a bound: `<root>/kept/<digest>`. The layer store
 * holds unpacked trees, from which a blob cannot be made again byte for byte.
 *
 * It is a cache: the longest unused goes first, what belongs to no image goes too, and all of it goes after a boot,
 * since nothing here is synced. Every file is whole and was verified before it came here by rename.
 */
export class KeptBlobs {
  readonly directory: string;

  constructor(
    root: string,
    readonly maxBytes: number,
    /** Blobs of which images are kept; those that were kept by another rule go. */
    readonly rule: 'open' | 'all' = 'open',
  ) {
    this.directory = join(root, 'kept');
  }

  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const mark = `${await readFile(bootIdFile, 'utf8')}${this.rule}\n`;
    const marker = join(this.directory, 'boot');
    if ((await readFile(marker, 'utf8').catch(absent)) === mark) return;
    await this.clear();
    await writeFile(marker, mark);
  }

  /** Takes over a verified file, and makes room for it. @returns false when it is larger than all that may be kept */
  async keep(digest: string, file: string): Promise<boolean> {
    const { size } = await stat(file);
    if (size > this.maxBytes) return false;
    await this.#shrink(this.maxBytes - size);
    const now = new Date();
    await utimes(file, now, now);
    await rename(file, this.#path(digest));
    return true;
  }

  /** Bytes of a blob, or undefined when it is not here. */
  async size(digest: string): Promise<number | undefined> {
    // Digests come from other nodes: only a checked one is a safe file name.
    if (!isDigest(digest)) return undefined;
    return (await stat(this.#path(digest)).catch(absent))?.size;
  }

  /** A piece of a blob, all of it or undefined: the blob is not here, or not that long. */
  async read(digest: string, offset: number, length: number): Promise<Buffer | undefined> {
    const file = isDigest(digest) ? await open(this.#path(digest)).catch(absent) : undefined;
    if (!file) return undefined;
    try {
      const now = new Date();
      // Once a blob is enough to tell that it is of use.
      if (offset === 0) await file.utimes(now, now);
      const bytes = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      return bytesRead === length ? bytes : undefined;
    } finally {
      await file.close();
    }
  }

  /** Removes what belongs to none of the images' blobs, but for what came just now. @returns how many went */
  async removeUnneeded(needed: ReadonlySet<string>): Promise<number> {
    const unneeded = (await this.#list()).filter(
      ({ digest, modified }) => !needed.has(digest) && Date.now() - modified > youngMs,
    );
    for (const { digest } of unneeded) await rm(this.#path(digest), { force: true });
    return unneeded.length;
  }

  /** Gives all of the space back. */
  async clear(): Promise<void> {
    await this.#shrink(0);
  }

  async #shrink(maxBytes: number): Promise<void> {
    const newestFirst = (await this.#list()).sort((a, b) => b.modified - a.modified);
    let kept = 0;
    for (const { digest, bytes } of newestFirst) {
      kept += bytes;
      if (kept > maxBytes) await rm(this.#path(digest), { force: true });
    }
  }

  async #list(): Promise<{ digest: string; bytes: number; modified: number }[]> {
    const blobs: { digest: string; bytes: number; modified: number }[] = [];
    for (const digest of await readdir(this.directory)) {
      if (!isDigest(digest)) continue;
      const found = await stat(join(this.directory, digest)).catch(absent);
      if (found) blobs.push({ digest, bytes: found.size, modified: found.mtimeMs });
    }
    return blobs;
  }

  #path(digest: string): string {
    return join(this.directory, digest);
  }
}

/** Another puller of this node may have taken a file away in between. */
function absent(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
}
