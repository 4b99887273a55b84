import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type SlipwayError, toSlipwayError } from '@slipway/errors';
import { stringifyExact } from '@slipway/json';
import { defaultBinDirs } from '../list/default-list.js';
import { type LoadOptions, loadNetwork } from '../list/load.js';
import type { NetworkList } from '../list/network-list.js';

/** Installers write several files in a row; in ms. */
const debounce = 100;
/** How often a network that is not ready is looked at again where no watch can tell, in ms. */
const retry = 2000;

/** The state of a watch: a list to use, or the reason why there is none. */
export type NetworkState = { list: NetworkList; error?: undefined } | { list?: undefined; error: SlipwayError };

export interface NetworkWatch {
  readonly state: NetworkState;
  close(): void;
}

/**
 * Loads the network and keeps it current: `onChange` receives the first state and each that differs
 * from the last. Directories that do not exist yet, or are replaced, are found again. Does not keep
 * the process alive.
 */
export async function watchNetwork(
  options: LoadOptions,
  onChange: (state: NetworkState) => void,
): Promise<NetworkWatch> {
  const dirs = [options.confDir, ...(options.binDirs ?? defaultBinDirs)];
  const watchers = new Map<string, { inode: bigint; watcher: FSWatcher }>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let busy = false;
  let state: NetworkState | undefined;
  const first = await update();

  async function update(): Promise<NetworkState> {
    busy = true;
    try {
      return await reload();
    } finally {
      busy = false;
    }
  }

  async function reload(): Promise<NetworkState> {
    // The watches come first: a change during the load then makes another one.
    for (const dir of dirs) await rewatch(dir);
    const next: NetworkState = await loadNetwork(options).then(
      (list) => ({ list }),
      (error: unknown) => ({ error: toSlipwayError(error, 'NETWORK_NOT_CONFIGURED', { object: 'network' }) }),
    );
    if (closed) return next;
    const changed = state === undefined || fingerprint(next) !== fingerprint(state);
    state = next;
    if (changed) onChange(next);
    if (next.error !== undefined && timer === undefined) schedule(retry);
    return next;
  }

  function schedule(delay: number): void {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      // Loads run one at a time, so that an older state never replaces a newer one.
      if (busy) schedule(debounce);
      else void update().catch(() => schedule(retry));
    }, delay);
    timer.unref();
  }

  async function rewatch(dir: string): Promise<void> {
    const inode = await stat(dir, { bigint: true }).then(
      (stats) => stats.ino,
      () => undefined,
    );
    const old = watchers.get(dir);
    if (closed || (old !== undefined && old.inode === inode)) return;
    old?.watcher.close();
    watchers.delete(dir);
    if (inode === undefined) return;
    try {
      const watcher = watch(dir, { persistent: false }, () => schedule(debounce));
      watcher.on('error', () => schedule(debounce));
      watchers.set(dir, { inode, watcher });
    } catch {
      // Out of inotify watches, or gone again: the retry and the next change elsewhere remain.
    }
  }

  return {
    get state() {
      return state ?? first;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const { watcher } of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

function fingerprint(state: NetworkState): string {
  return state.error === undefined ? stringifyExact([state.list.file, state.list]) : `error: ${state.error.message}`;
}
