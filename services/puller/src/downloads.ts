import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileLock, parseDigest } from '@slipway/layers';
import { hasCode } from '@slipway/linux';

export interface DownloadBounds {
  /** Partials that nobody wrote to for this long are removed, milliseconds. */
  readonly maxAgeMs: number;
  /** Above this sum of bytes the oldest partials go. */
  readonly maxBytes: number;
}

/**
 * Blobs on their way from a registry: `<root>/downloads/<digest>`. A blob is fetched and
 * unpacked under its lock, so that it is fetched once however many pulls, in however many
 * processes, ask for it. What a failed or killed pull leaves, the next one goes on with.
 */
export class Downloads {
  readonly directory: string;

  constructor(root: string) {
    this.directory = join(root, 'downloads');
  }

  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
  }

  path(digest: string): string {
    // Digests come from a registry's JSON: only a checked one is a safe file name.
    parseDigest(digest);
    return join(this.directory, digest);
  }

  /** Waits for whoever fetches this blob now. The lock of a dead process is free at once. */
  lock(digest: string, signal: AbortSignal): Promise<FileLock> {
    return FileLock.take(this.#lockPath(digest), signal);
  }

  #lockPath(digest: string): string {
    return `${this.path(digest)}.lock`;
  }

  /** For the holder of the lock: the blob is of no more use. */
  async remove(digest: string): Promise<void> {
    const path = this.path(digest);
    await rm(path, { force: true });
    await rm(`${path}.ranges`, { force: true });
  }

  /** Removes the blob unless somebody is at it. @returns whether it is gone */
  async discard(digest: string): Promise<boolean> {
    const lock = await FileLock.try(this.#lockPath(digest));
    if (!lock) return false;
    try {
      await this.remove(digest);
    } finally {
      await lock.release();
    }
    return true;
  }

  /** Removes what is too old or too much; what is being written stays. @returns the digests */
  async sweep({ maxAgeMs, maxBytes }: DownloadBounds): Promise<string[]> {
    const partials: { digest: string; bytes: number; modified: number }[] = [];
    for (const name of await readdir(this.directory)) {
      const digest = name.replace(/\.(?:ranges|lock)$/, '');
      if (!isDigest(digest)) continue;
      const found = await statOf(join(this.directory, digest));
      if (name === digest && found) {
        partials.push({ digest, bytes: found.blocks * 512, modified: found.mtimeMs });
      }
      // A lock or a range list without its blob is what a killed process leaves.
      else if (!found) await this.discard(digest);
    }
    partials.sort((a, b) => b.modified - a.modified);
    const removed: string[] = [];
    let kept = 0;
    for (const { digest, bytes, modified } of partials) {
      kept += bytes;
      const stale = Date.now() - modified > maxAgeMs || kept > maxBytes;
      if (!stale || !(await this.discard(digest))) continue;
      kept -= bytes;
      removed.push(digest);
    }
    return removed;
  }
}

function isDigest(name: string): boolean {
  try {
    parseDigest(name);
    return true;
  } catch {
    return false;
  }
}

async function statOf(path: string): Promise<{ blocks: number; mtimeMs: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
