import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, removeTree, syncFileSystem } from '@slipway/linux';
import { isDigest, parseDigest } from '@slipway/digest';
import type { LayerInfo, LayerUsage } from './layer-info.js';
import { FileLock } from './lock.js';
import { addOrigin, readOrigins } from './origins.js';
import type { LayerOrigin } from './layer-info.js';
import { Staging } from './staging.js';
import { StoreLayout } from './store-layout.js';
import { countLostFiles, hasFiles } from './whole.js';

export interface LayerStoreOptions {
  /** Syncs new layers to disk in the background; without it only sync() does that. Default true. */
  readonly backgroundSync?: boolean | undefined;
  /** Names the running boot; for tests. Default: the kernel's boot_id. */
  readonly bootID?: string | undefined;
}

export interface SweepResult {
  /** Leftovers of processes that are gone: names in the store's tmp directory. */
  readonly removed: string[];
  /** Layers thrown away: written before an unclean boot and not synced, or without a readable record or their files. */
  readonly distrusted: string[];
}

/** How long new layers are gathered before one sync for all of them. */
const syncDelayMs = 250;

/**
 * Unpacked layers on disk, shared by all images and by any number of processes:
 * `<root>/layers/<algorithm>/<hex>/{fs/,layer.json}`. A layer is filled below `layers/tmp` and
 * becomes visible, whole and with a matching diffID, by one rename. It counts as synced when its
 * file system was written to disk after that; one that was not yet synced when the machine went
 * down is not trusted, nor is one whose files are gone: it is as if it were not there, and the next sweep or unpack
 * removes it.
 */
export class LayerStore {
  readonly layout: StoreLayout;
  readonly #backgroundSync: boolean;
  readonly #known = new Map<string, LayerInfo>();
  /** Layers that were seen with a record of their sync: it stays true. */
  readonly #synced = new Set<string>();
  /** Layers that were made here since the last sync, with their records: nobody has to read those first. */
  readonly #committed = new Map<string, LayerInfo>();
  #syncTimer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> | undefined;

  constructor(root: string, options: LayerStoreOptions = {}) {
    const bootID = options.bootID ?? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    this.layout = new StoreLayout(root, bootID);
    this.#backgroundSync = options.backgroundSync ?? true;
  }

  /** The layer's files, whether it is there or not: an overlay lowerdir. */
  path(diffID: string): string {
    return `${this.layout.home(diffID)}/fs`;
  }

  async has(diffID: string): Promise<boolean> {
    return (await this.info(diffID)) !== undefined;
  }

  /** The record of a layer; undefined when there is none, its files are gone, or it cannot be trusted. */
  async info(diffID: string): Promise<LayerInfo | undefined> {
    const path = this.layout.record(diffID);
    // A pull asks three times for each layer that is not there, and a readFile() that fails costs tens of times this.
    // Not existsSync(): on a disk that cannot be read, it would take the layer for one that is not there.
    if (!statSync(path, { throwIfNoEntry: false })) return undefined;
    let record: string;
    try {
      record = await readFile(path, 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
    const info = this.layout.read(diffID, record);
    return info && hasFiles(this.path(diffID), info) ? info : undefined;
  }

  /** Where a layer came from; see LayerOrigin. */
  origins(info: LayerInfo): Promise<LayerOrigin[]> {
    return readOrigins(this.layout.home(info.diffID), info);
  }

  /** Notes a further origin, which the caller has proved. */
  addOrigin(info: LayerInfo, origin: LayerOrigin): Promise<void> {
    return addOrigin(this.layout.home(info.diffID), info, origin);
  }

  async list(): Promise<LayerInfo[]> {
    const found: LayerInfo[] = [];
    for (const diffID of await this.#names()) {
      const info = await this.info(diffID);
      if (info) found.push(info);
    }
    return found;
  }

  /** Sums over all layers; reads one directory and the records it does not know yet, never the layers' trees. */
  async usage(): Promise<LayerUsage> {
    const names = new Set(await this.#names());
    for (const diffID of this.#known.keys()) if (!names.has(diffID)) this.#known.delete(diffID);
    for (const diffID of names) {
      if (this.#known.has(diffID)) continue;
      const info = await this.info(diffID);
      if (info) this.#known.set(diffID, info);
    }
    let [bytes, inodes] = [0, 0];
    for (const info of this.#known.values()) {
      bytes += info.size;
      inodes += info.inodes;
    }
    return { bytes, inodes, layers: this.#known.size };
  }

  /**
   * Removes a layer; it is out of sight immediately. Success when it does not exist. That nobody
   * mounts it is the caller's to know.
   */
  async remove(diffID: string): Promise<void> {
    const free = await this.detach(diffID);
    await free();
  }

  /**
   * Takes a layer out of sight, and answers the function that gives its space back: for a caller
   * who holds a lock that must not be held while a large tree is removed. Space that is not freed, the
   * next sweep frees.
   */
  async detach(diffID: string): Promise<() => Promise<void>> {
    this.#forget(diffID);
    const trash = await this.#discard(diffID);
    return async () => {
      if (trash) await removeTree(trash);
    };
  }

  /**
   * Counts the files of a layer that is there; one that has lost some is taken out of the store, so that the next pull
   * brings it back. Its files stay aside until the node restarts, because containers that run may have it mounted.
   * @returns how many are missing
   */
  async verify({ diffID, inodes }: LayerInfo, signal?: AbortSignal): Promise<number> {
    const lost = await countLostFiles(this.path(diffID), { inodes }, signal);
    // Nobody removes or replaces it meanwhile.
    const lock = lost > 0 ? await this.lock(diffID, signal) : undefined;
    try {
      const now = lock && (await this.info(diffID));
      if (!now || (await countLostFiles(this.path(diffID), now, signal)) === 0) return 0;
      this.#forget(diffID);
      await mkdir(this.layout.aside, { recursive: true, mode: 0o700 });
      await rename(this.layout.home(diffID), join(this.layout.aside, `${this.layout.bootID}-${randomUUID()}`));
      return lost;
    } finally {
      await lock?.release();
    }
  }

  /** Removes what dead processes left half-made and what an unclean boot made doubtful; asks for a sync of the rest. */
  async sweep(): Promise<SweepResult> {
    const removed: string[] = [];
    const distrusted: string[] = [];
    await mkdir(this.layout.locks, { recursive: true, mode: 0o700 });
    for (const diffID of await this.#names()) {
      if (await this.has(diffID)) continue;
      const lock = await FileLock.try(this.#lockPath(diffID));
      if (!lock) continue;
      try {
        // Again, now that nobody is at it.
        if (await this.has(diffID)) continue;
        const trash = await this.#discard(diffID);
        if (!trash) continue;
        distrusted.push(diffID);
        await removeTree(trash);
      } finally {
        await lock.release();
      }
    }
    const names = new Set((await entriesOf(this.layout.tmp)).map((name) => name.replace(/\.lock$/, '')));
    for (const name of names) {
      const path = join(this.layout.tmp, name);
      // The filler of a directory holds its lock.
      const lock = await FileLock.try(`${path}.lock`);
      if (!lock) continue;
      try {
        if (!(await entriesOf(this.layout.tmp)).includes(name)) continue;
        await removeTree(path);
        removed.push(name);
      } finally {
        await lock.release();
      }
    }
    // Those of this boot may be mounted.
    for (const name of await entriesOf(this.layout.aside)) {
      if (!name.startsWith(`${this.layout.bootID}-`)) await removeTree(join(this.layout.aside, name));
    }
    if ((await this.list()).some((info) => !info.synced)) this.#scheduleSync();
    return { removed, distrusted };
  }

  /** Writes all new layers to disk and marks them as synced; resolves when that is done. */
  async sync(): Promise<void> {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    // A sync under way may have begun before the newest layer was there.
    while (this.#syncing) await this.#syncing.catch(() => undefined);
    this.#syncing = this.#syncNow().finally(() => {
      this.#syncing = undefined;
    });
    await this.#syncing;
  }

  /** Resolves when all layers that are there now are on the disk; joins the sync that is due anyway. */
  async settled(): Promise<void> {
    while (this.#syncTimer || this.#syncing) {
      if (this.#syncing) await this.#syncing;
      else await sleep(syncDelayMs / 5);
    }
  }

  /** Holds off every other process and caller that would unpack the same layer. */
  async lock(diffID: string, signal?: AbortSignal): Promise<FileLock> {
    const path = this.#lockPath(diffID);
    try {
      return await FileLock.take(path, signal);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      await mkdir(this.layout.locks, { recursive: true, mode: 0o700 });
      return FileLock.take(path, signal);
    }
  }

  /** A new directory to unpack `diffID` into; see Staging. */
  stage(diffID: string): Staging {
    return Staging.open(this.layout, diffID);
  }

  /** Notes a layer that an unpack thread made visible here, to be synced. */
  committed(info: LayerInfo): void {
    this.#known.delete(info.diffID);
    this.#synced.delete(info.diffID);
    this.#committed.set(info.diffID, info);
    this.#scheduleSync();
  }

  #forget(diffID: string): void {
    this.#known.delete(diffID);
    this.#synced.delete(diffID);
    this.#committed.delete(diffID);
  }

  /** Moves a layer out of sight; where to, or undefined when there was none. */
  async #discard(diffID: string): Promise<string | undefined> {
    await mkdir(this.layout.tmp, { recursive: true, mode: 0o700 });
    const trash = join(this.layout.tmp, `trash-${randomUUID()}`);
    try {
      await rename(this.layout.home(diffID), trash);
      return trash;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  #scheduleSync(): void {
    if (!this.#backgroundSync || this.#syncTimer) return;
    this.#syncTimer = setTimeout(() => {
      // Whatever fails leaves layers unsynced: they are tried again with the next, and not trusted after a crash.
      this.sync().catch(() => undefined);
    }, syncDelayMs).unref();
  }

  /**
   * A record says that its layer is synced only after the layer was. That the record itself is on the disk
   * is no matter of truth: one that a power loss takes makes its layer doubtful, never a doubtful layer good.
   */
  async #syncNow(): Promise<void> {
    const pending = await this.#unsynced();
    if (pending.length === 0) return;
    await this.#syncDisk();
    for (const info of pending) {
      const now = await this.info(info.diffID);
      if (!now || now.synced || now.createdAt !== info.createdAt) continue;
      // Before the write: a layer of this name that is committed meanwhile takes itself out again.
      this.#synced.add(info.diffID);
      try {
        await writeRecord(this.layout.home(info.diffID), { ...now, synced: true });
      } catch (error) {
        this.#synced.delete(info.diffID);
        // Removed meanwhile.
        if (!hasCode(error, 'ENOENT')) throw error;
      }
    }
    await this.#syncDisk();
  }

  async #unsynced(): Promise<LayerInfo[]> {
    const found: LayerInfo[] = [];
    for (const diffID of await this.#names()) {
      if (this.#synced.has(diffID)) continue;
      const info = this.#committed.get(diffID) ?? (await this.info(diffID));
      this.#committed.delete(diffID);
      if (info?.synced) this.#synced.add(diffID);
      else if (info) found.push(info);
    }
    return found;
  }

  async #syncDisk(): Promise<void> {
    const directory = await open(this.layout.layers, 'r');
    try {
      await syncFileSystem(directory.fd);
    } finally {
      await directory.close();
    }
  }

  #lockPath(diffID: string): string {
    parseDigest(diffID, 'IMAGE_INVALID');
    return join(this.layout.locks, diffID.replace(':', '-'));
  }

  /** The diffIDs that have a directory, trusted or not. */
  async #names(): Promise<string[]> {
    const names: string[] = [];
    for (const algorithm of await entriesOf(this.layout.layers)) {
      if (!/^sha(256|512)$/.test(algorithm)) continue;
      for (const hex of await entriesOf(join(this.layout.layers, algorithm))) {
        const diffID = `${algorithm}:${hex}`;
        if (isDigest(diffID)) names.push(diffID);
      }
    }
    return names;
  }
}

async function entriesOf(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Writes `layer.json` in one step: a reader sees the old one or the new one. */
async function writeRecord(directory: string, info: LayerInfo): Promise<void> {
  const temporary = join(directory, `layer.json.${randomUUID()}`);
  try {
    await writeFile(temporary, JSON.stringify(info), { flag: 'wx', mode: 0o600 });
    await rename(temporary, join(directory, 'layer.json'));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
