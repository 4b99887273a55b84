import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Kind } from './keys.js';

const NAME = 'record';

/**
 * A third copy of the records of what may be alive: <state>/<kind>/<id>/record, beside what the executor keeps of the
 * sandbox or container in that directory. It comes and goes with the directory, which is in memory as what it tells of
 * is, and is read where the copies in Redis and below `root` are both lost: without it nobody would know what runs.
 * Written in one step (a file beside it, then a rename) and synchronously, because that is faster than the thread pool.
 */
export class BesideCopies {
  #reported = false;

  constructor(
    /** Without one there are no such copies. */
    readonly state: string | undefined,
    readonly log: Logger,
  ) {}

  /** Writes the copy of a record, where there is a directory for it. Never throws: the other copies count. */
  write(kind: Kind, id: string, bytes: Uint8Array): void {
    const directory = this.#directory(kind, id);
    if (directory === undefined || !existsSync(directory)) return;
    const file = join(directory, NAME);
    try {
      writeFileSync(`${file}.new`, bytes, { mode: 0o600 });
      renameSync(`${file}.new`, file);
      this.#reported = false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || this.#reported) return;
      this.#reported = true;
      this.log.warn({ err: error, kind, id }, 'the copy of a record beside what it describes cannot be written');
    }
  }

  has(kind: Kind, id: string): boolean {
    const directory = this.#directory(kind, id);
    return directory !== undefined && existsSync(join(directory, NAME));
  }

  /** The bytes of a copy; undefined where there is none. */
  read(kind: Kind, id: string): Buffer | undefined {
    const directory = this.#directory(kind, id);
    if (directory === undefined) return undefined;
    try {
      return readFileSync(join(directory, NAME));
    } catch {
      return undefined;
    }
  }

  /** The record is deleted: whatever is left of what it described is nobody's. */
  remove(kind: Kind, id: string): void {
    const directory = this.#directory(kind, id);
    if (directory === undefined) return;
    try {
      rmSync(join(directory, NAME), { force: true });
    } catch (error) {
      this.log.warn({ err: error, kind, id }, 'the copy of a deleted record beside what it described stays');
    }
  }

  /** The ids of a kind that have a directory. */
  ids(kind: Kind): string[] {
    if (this.state === undefined || kind === 'images') return [];
    try {
      return readdirSync(join(this.state, kind));
    } catch {
      return [];
    }
  }

  #directory(kind: Kind, id: string): string | undefined {
    return this.state === undefined || kind === 'images' ? undefined : join(this.state, kind, id);
  }
}
