import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Kind } from './keys.js';

const NEW = '.new';
// A gateway that was taken over may put links and FIFOs there.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Whether a path exists, by stat(2). access(2), which existsSync() calls, ignores the capabilities of a process whose user
 * is not root: the gateway would take for gone what only root may list.
 */
function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Whether the process that writes a temporary file, <id>.<pid>.new, is alive. */
function isBeingWritten(name: string): boolean {
  const pid = Number(name.slice(0, -NEW.length).split('.').at(-1));
  return pid > 0 && isThere(`/proc/${pid}`);
}

/**
 * A third copy of the records of what may be alive: <state>/records/<kind>/<id>. It is in memory as what it describes is,
 * counts only while the executor has a directory of the sandbox or container, <state>/<kind>/<id>, and is read where the
 * copies in Redis and below `root` are both lost: without it nobody would know what runs. It does not lie in the executor's
 * directory, because the gateway, which moves records too, may not write there.
 * Written in one step (a file beside it, then a rename) and synchronously, because that is faster than the thread pool.
 */
export class BesideCopies {
  #reported = false;

  constructor(
    /** Without one there are no such copies. */
    readonly state: string | undefined,
    readonly log: Logger,
  ) {}

  /** Makes the directories of kinds where they are missing, as for services that were started without a supervisor. */
  open(kinds: readonly Kind[]): void {
    for (const kind of kinds) {
      if (this.state === undefined || kind === 'images') continue;
      try {
        mkdirSync(join(this.state, 'records', kind), { recursive: true, mode: 0o700 });
      } catch (error) {
        this.log.warn({ err: error, kind }, 'the directory for third copies of records cannot be made');
      }
    }
  }

  /** Writes the copy of a record, where there is a directory of what it describes. Never throws: the other copies count. */
  write(kind: Kind, id: string, bytes: Uint8Array): void {
    try {
      const file = this.#file(kind, id);
      if (file === undefined) return;
      const temporary = `${file}.${process.pid}${NEW}`;
      rmSync(temporary, { force: true });
      writeFileSync(temporary, bytes, { mode: 0o640, flag: 'wx' });
      renameSync(temporary, file);
      this.#reported = false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || this.#reported) return;
      this.#reported = true;
      this.log.warn({ err: error, kind, id }, 'the third copy of a record cannot be written');
    }
  }

  has(kind: Kind, id: string): boolean {
    const file = this.#file(kind, id);
    return file !== undefined && isThere(file);
  }

  /** The bytes of a copy; undefined where there is none. */
  read(kind: Kind, id: string): Buffer | undefined {
    const file = this.#file(kind, id);
    if (file === undefined) return undefined;
    let fd: number | undefined;
    try {
      fd = openSync(file, readFlags);
      return readFileSync(fd);
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** The record is deleted: whatever is left of what it described is nobody's. */
  remove(kind: Kind, id: string): void {
    if (this.state === undefined || kind === 'images') return;
    try {
      rmSync(join(this.state, 'records', kind, id), { force: true });
    } catch (error) {
      this.log.warn({ err: error, kind, id }, 'the third copy of a deleted record stays');
    }
  }

  /** The ids of a kind that have a copy. Copies of what is gone, and what dead writers left, are removed. */
  ids(kind: Kind): string[] {
    if (this.state === undefined || kind === 'images') return [];
    const directory = join(this.state, 'records', kind);
    try {
      return readdirSync(directory).filter((id) => {
        if (id.endsWith(NEW) ? isBeingWritten(id) : this.#file(kind, id) !== undefined) return !id.endsWith(NEW);
        rmSync(join(directory, id), { force: true });
        return false;
      });
    } catch {
      return [];
    }
  }

  /** Undefined where nothing of what the record describes is there. */
  #file(kind: Kind, id: string): string | undefined {
    if (this.state === undefined || kind === 'images' || !isThere(join(this.state, kind, id))) return undefined;
    return join(this.state, 'records', kind, id);
  }
}
