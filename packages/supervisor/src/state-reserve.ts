import { existsSync, mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@slipway/telemetry';

/** Files that are kept, and bytes of each: what a start needs for its sockets, settings and the trials of executors. */
const FILES = 64;
const BYTES = 4096;
/** The reserve is freed where less is left, and made while there is so many times as much. */
const MARGIN = 4;

/**
 * Room in the state directory that is kept for a start on a full file system: <state>/reserve, 64 files of 4 KiB, so that
 * there are inodes too. Only the start frees it; a running node needs little, and nothing would be left for a start.
 */
export class StateReserve {
  readonly #directory: string;

  constructor(
    readonly state: string,
    readonly log: Logger,
  ) {
    this.#directory = join(state, 'reserve');
  }

  /** Frees the room where little else is left. Never throws. */
  release(): void {
    try {
      if (this.#hasRoom(1) || !existsSync(this.#directory)) return;
      rmSync(this.#directory, { recursive: true, force: true });
      this.log.error({ directory: this.state }, 'the state directory is full: what was kept free for a start is used');
    } catch (error) {
      this.log.warn({ err: error, directory: this.state }, 'the room that is kept for a start cannot be freed');
    }
  }

  /** Makes the reserve where it is missing and there is ample room. Never throws. */
  keep(): void {
    const making = `${this.#directory}.new`;
    try {
      if (existsSync(this.#directory) || !this.#hasRoom(MARGIN)) return;
      rmSync(making, { recursive: true, force: true });
      mkdirSync(making, { mode: 0o700 });
      for (let at = 0; at < FILES; at++) writeFileSync(join(making, String(at)), Buffer.alloc(BYTES, 'x'));
      renameSync(making, this.#directory);
    } catch (error) {
      this.log.debug({ err: error, directory: this.state }, 'no room can be kept for a start');
    }
  }

  #hasRoom(times: number): boolean {
    const { bavail, bsize, files, ffree } = statfsSync(this.state);
    return bavail * bsize >= times * FILES * BYTES && (files === 0 || ffree >= times * FILES);
  }
}
