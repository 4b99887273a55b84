import { type LiveChanges, livePath, type LoadedSettings, valueAt, writeLive } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import type { Fleet } from '../fleet.js';

/** Settings that commands change: kept in the live drop-in before they are in force, one change at a time. */
export class LiveSettings {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly fleet: Fleet,
    readonly reload: () => LoadedSettings,
  ) {}

  /**
   * Keeps the changes, then does `work` with them in force; when it fails they are taken back.
   * @throws INVALID_CONFIG where a flag, a variable or a later file would win over what is kept
   */
  change<T>(changes: LiveChanges, work: (loaded: LoadedSettings) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#change(changes, work));
    this.#last = done.catch(() => undefined);
    return done;
  }

  /**
   * Does `work` with the settings as they are in the files now, which are in force from then on.
   * @throws INVALID_CONFIG, which leaves the old ones in force
   */
  reread<T>(work: (before: LoadedSettings, loaded: LoadedSettings) => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => {
      const before = this.fleet.loaded;
      this.fleet.loaded = this.reload();
      return await work(before, this.fleet.loaded);
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when no change is being made. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** The changes that take out all that the live drop-in says below a path. */
  without(prefix: string): LiveChanges {
    const { sources, configPath } = this.fleet.loaded;
    const live = `${livePath(configPath)}:`;
    const own = [...sources].filter(([path, { name }]) => path.startsWith(`${prefix}.`) && name.startsWith(live));
    return Object.fromEntries(own.map(([path]) => [path, undefined]));
  }

  async #change<T>(changes: LiveChanges, work: (loaded: LoadedSettings) => Promise<T>): Promise<T> {
    const before = this.fleet.loaded;
    // A file that was broken by hand is found before anything is written.
    const { configPath } = this.reload();
    const undo = writeLive(configPath, changes);
    try {
      const loaded = this.reload();
      refuseOverridden(loaded, changes);
      this.fleet.loaded = loaded;
      return await work(loaded);
    } catch (error) {
      undo();
      this.fleet.loaded = before;
      throw error;
    }
  }
}

function refuseOverridden(loaded: LoadedSettings, changes: LiveChanges): void {
  for (const [path, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    const source = loaded.sources.get(path);
    if (JSON.stringify(valueAt(loaded.settings, path)) === JSON.stringify(value)) continue;
    throw new SlipwayError('INVALID_CONFIG', `${path} is set by ${source?.name ?? 'another source'}, which wins`, {
      hint: 'change it there, or take it out there so that commands can change it',
    });
  }
}
