import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { handedOverPrefix } from '@slipway/contracts';
import { isDigest, parseDigest } from '@slipway/digest';
import { FileLock } from '@slipway/layers';
import { hasCode } from '@slipway/linux';

export interface DownloadBounds {
  /** Partials that nobody wrote to for this long are removed, milliseconds. */
  readonly maxAgeMs: number;
  /** Above this sum of bytes the oldest partials go. */
  readonly maxBytes: number;
}

export const partialBounds: DownloadBounds = { maxAgeMs: 24 * 3_600_000, maxBytes: 20 * 2 ** 30 };

/** Hex digits that tell sources apart. */
const sourceLength = 12;
const sourceForm = new RegExp(`^\\.[0-9a-f]{${sourceLength}}$`);

/** A blob that is partly here and that nobody came back for. */
export interface StalePartial {
  readonly digest: string;
  /** The name of its file: the digest and the source. */
  readonly name: string;
  /** On disk. */
  readonly bytes: number;
  readonly reason: string;
}

/**
 * Blobs on their way from a registry: `<root>/downloads/<digest>.<source>`. A blob is fetched and
 * unpacked under its lock, so that it is fetched once however many pulls of a registry, in however many
 * processes, ask for it. The next pull continues the leftovers of a failed or killed one. Registries are kept
 * apart: one that says it has another's blob, and lets it trickle, would hold up all who need that blob.
 */
export class Downloads {
  readonly directory: string;

  constructor(
    readonly root: string,
    readonly suffix = '',
  ) {
    this.directory = join(root, 'downloads');
  }

  /** The blobs of one source: a registry, or archives. */
  of(source: string): Downloads {
    return new Downloads(this.root, `.${createHash('sha256').update(source).digest('hex').slice(0, sourceLength)}`);
  }

  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
  }

  path(digest: string): string {
    // Digests come from a registry's JSON: only a checked one is a safe file name.
    parseDigest(digest);
    return join(this.directory, `${digest}${this.suffix}`);
  }

  /** Waits for the process that fetches this blob now. The lock of a dead process is free immediately. */
  lock(digest: string, signal: AbortSignal): Promise<FileLock> {
    return FileLock.take(this.#lockPath(digest), signal);
  }

  #lockPath(digest: string): string {
    return `${this.path(digest)}.lock`;
  }

  /** For the holder of the lock: the blob is of no more use. */
  async remove(digest: string): Promise<void> {
    const path = this.path(digest);
    await unlink(path).catch(ignoreMissing);
    // Only a blob that came in pieces can have one.
    if (existsSync(`${path}.ranges`)) await unlink(`${path}.ranges`).catch(ignoreMissing);
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

  /** Removes what is too old or too much; what is being written stays. @returns the names of the files */
  async sweep(bounds: DownloadBounds): Promise<string[]> {
    for (const file of await readdir(this.directory)) {
      const name = file.replace(/\.(?:ranges|lock)$/, '');
      // A lock or a range list without its blob is what a killed process leaves.
      if (!(await statOf(join(this.directory, name)))) await this.#discardNamed(name);
    }
    const removed: string[] = [];
    for (const { name } of await this.stale(bounds)) if (await this.#discardNamed(name)) removed.push(name);
    await this.#sweepHandedOver(bounds.maxAgeMs);
    return removed;
  }

  /** Removes archives that killed commands have handed over. A load takes a day at most. */
  async #sweepHandedOver(maxAgeMs: number): Promise<void> {
    for (const name of await readdir(this.directory)) {
      if (!name.startsWith(handedOverPrefix)) continue;
      const path = join(this.directory, name);
      const found = await statOf(path);
      if (found && Date.now() - found.mtimeMs > maxAgeMs) await unlink(path).catch(ignoreMissing);
    }
  }

  async #discardNamed(name: string): Promise<boolean> {
    const blob = parseName(name);
    return blob !== undefined && (await new Downloads(this.root, blob.suffix).discard(blob.digest));
  }

  /** Files that a sweep would remove where nobody writes to them. */
  async stale({ maxAgeMs, maxBytes }: DownloadBounds): Promise<StalePartial[]> {
    const partials: { digest: string; name: string; bytes: number; modified: number }[] = [];
    for (const name of await readdir(this.directory)) {
      const digest = parseName(name)?.digest;
      const found = digest === undefined ? undefined : await statOf(join(this.directory, name));
      if (digest !== undefined && found)
        partials.push({ digest, name, bytes: found.blocks * 512, modified: found.mtimeMs });
    }
    partials.sort((a, b) => b.modified - a.modified);
    const stale: StalePartial[] = [];
    let kept = 0;
    for (const { digest, name, bytes, modified } of partials) {
      const age = Date.now() - modified;
      if (age > maxAgeMs) stale.push({ digest, name, bytes, reason: `nobody went on with it for ${hours(age)} hours` });
      else if (kept + bytes > maxBytes)
        stale.push({ digest, name, bytes, reason: `newer partial blobs fill the ${maxBytes} bytes that are kept` });
      else kept += bytes;
    }
    return stale;
  }
}

/** The parts of a blob's file name; undefined for a lock, a range list, or what is not ours. */
function parseName(name: string): { digest: string; suffix: string } | undefined {
  const dot = name.indexOf('.');
  const [digest, suffix] = dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
  return isDigest(digest) && (suffix === '' || sourceForm.test(suffix)) ? { digest, suffix } : undefined;
}

function hours(ms: number): string {
  return (ms / 3_600_000).toFixed(1);
}

async function statOf(path: string): Promise<{ blocks: number; mtimeMs: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error;
}
