import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, measureTree, type TreeUsage } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';

/** A walk is not begun again before this many milliseconds, and takes at most a fiftieth of the time. */
const pauseMs = 30_000;
const pauseFactor = 50;

/**
 * Space that containers wrote: the upper directories below `<bundles>/*`. They are walked behind the
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
    const sum = { bytes: 0, inodes: 0 };
    try {
      for (const bundle of await namesIn(this.#bundles)) {
        // `hosts` is the builder's /etc/hosts, which the container may write to.
        for (const name of ['upper', 'hosts']) {
          const { bytes, inodes } = await measureTree(join(this.#bundles, bundle, name), { signal: this.#signal });
          sum.bytes += bytes;
          sum.inodes += inodes;
        }
      }
      this.#last = sum;
    } finally {
      const now = performance.now();
      this.#next = now + Math.max(pauseMs, (now - started) * pauseFactor);
    }
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
