import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileLock } from '@slipway/layers';
import { hasCode } from '@slipway/linux';
import { FirstSeen } from '@slipway/time';

/** A running pull's hold on its layers. */
export interface LayerLease {
  /** The pull succeeded: the image's record holds the layers now. */
  release(): Promise<void>;
  /** The pull failed: the layers stay for as long as a retry may come. */
  abandon(): Promise<void>;
}

/** How long the layers of a failed or killed pull wait for a retry; a kubelet comes back within 5 minutes. */
const defaultGraceMs = 600_000;

/**
 * Which layers running pulls need, as files: `<root>/leases/<uuid>.json` holds the diffIDs, and
 * a lock on `<uuid>.lock` says that the pull lives. A killed process loses its locks, and its
 * leases then protect only for the grace time, counted from the first look of a process that finds them left: the file's
 * own time is the wall clock's, which NTP may set by hours.
 *
 * A lease begins, and layers are taken away, under one lock: whoever removes a layer has seen
 * every lease, and a pull that found a layer present keeps it.
 */
export class Leases {
  readonly #directory: string;
  readonly #graceMs: number;
  readonly #ages = new FirstSeen();

  constructor(root: string, graceMs = defaultGraceMs) {
    this.#directory = join(root, 'leases');
    this.#graceMs = graceMs;
  }

  async openDirectory(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
  }

  /** Runs `work` while no lease begins, in any process. Keep it short: pulls wait. */
  async exclusive<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const lock = await FileLock.take(join(this.#directory, 'exclusive'), signal);
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  async open(diffIDs: readonly string[], signal?: AbortSignal): Promise<LayerLease> {
    const path = join(this.#directory, randomUUID());
    const file = `${path}.json`;
    const lock = await this.exclusive(async () => {
      const held = await FileLock.take(`${path}.lock`);
      try {
        await writeFile(`${path}.tmp`, JSON.stringify(diffIDs), { mode: 0o600 });
        await rename(`${path}.tmp`, file);
      } catch (error) {
        await rm(`${path}.tmp`, { force: true });
        await held.release();
        throw error;
      }
      return held;
    }, signal);
    return {
      release: async () => {
        await unlink(file).catch(ignoreMissing);
        await lock.release();
      },
      abandon: () => lock.release(),
    };
  }

  /** The diffIDs of all leases in force; drops those that are over. To be called in exclusive(). */
  async layers(): Promise<Set<string>> {
    const leased = new Set<string>();
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name);
      if (name.endsWith('.tmp')) await rm(path, { force: true });
      if (!name.endsWith('.json') || !(await this.#inForce(path))) continue;
      for (const diffID of await readLease(path)) leased.add(diffID);
    }
    this.#ages.endRound();
    return leased;
  }

  async #inForce(file: string): Promise<boolean> {
    const lock = await FileLock.try(file.replace(/\.json$/, '.lock'));
    if (!lock) return true;
    try {
      if (this.#ages.age(file) < this.#graceMs) return true;
      await rm(file, { force: true });
      return false;
    } finally {
      await lock.release();
    }
  }
}

async function readLease(file: string): Promise<string[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as string[];
  } catch (error) {
    // Released meanwhile; a cut file is what a power loss leaves, and no pull outlives that.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return [];
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error;
}
