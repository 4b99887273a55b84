import { lstat, opendir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@slipway/telemetry';

/** As `du` counts: blocks of 512 bytes, hard links once. */
export interface TreeUsage {
  readonly bytes: number;
  readonly inodes: number;
}

/** A walk is not begun again before this many milliseconds, and takes at most a fiftieth of the time. */
const pauseMs = 30_000;
const pauseFactor = 50;

/**
 * What containers wrote: the upper directories below `<bundles>/*`. They are walked behind the
 * caller's back, and only while somebody asks; an answer is what the last walk found.
 */
export class WritableUsage {
  readonly #bundles: string;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  #last: TreeUsage = { bytes: 0, inodes: 0 };
  #next = 0;
  #walking: Promise<void> | undefined;

  constructor(bundles: string, log: Logger, signal: AbortSignal) {
    this.#bundles = bundles;
    this.#log = log;
    this.#signal = signal;
  }

  read(): TreeUsage {
    if (performance.now() >= this.#next) {
      this.refresh().catch((error: unknown) => this.#log.warn({ err: error }, 'writable layers were not measured'));
    }
    return this.#last;
  }

  /** Walks now, or joins the walk under way. */
  refresh(): Promise<void> {
    this.#walking ??= this.#walk().finally(() => {
      this.#walking = undefined;
    });
    return this.#walking;
  }

  async #walk(): Promise<void> {
    const started = performance.now();
    const linked = new Set<string>();
    const sum = { bytes: 0, inodes: 0 };
    try {
      for (const bundle of await namesIn(this.#bundles)) {
        await measure(join(this.#bundles, bundle, 'upper'), sum, linked, this.#signal);
      }
      this.#last = sum;
    } finally {
      const now = performance.now();
      this.#next = now + Math.max(pauseMs, (now - started) * pauseFactor);
    }
  }
}

/** Adds a tree, itself included. One asynchronous call at a time: neither the event loop nor its threads are filled. */
async function measure(
  path: string,
  sum: { bytes: number; inodes: number },
  linked: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  try {
    const stat = await lstat(path);
    if (!stat.isDirectory() && stat.nlink > 1) {
      const key = `${stat.dev}:${stat.ino}`;
      if (linked.has(key)) return;
      linked.add(key);
    }
    sum.bytes += stat.blocks * 512;
    sum.inodes++;
    if (!stat.isDirectory()) return;
    for await (const entry of await opendir(path)) {
      await measure(join(path, entry.name), sum, linked, signal);
    }
  } catch (error) {
    // Containers write and go away while they are measured.
    if (!isGone(error)) throw error;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
