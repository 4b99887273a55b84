import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstSeen } from '@slipway/time';
import type { Logger } from 'pino';
import type { Kind } from './keys.js';
import type { Reserve } from './reserve.js';

/** Milliseconds after which a temporary file has no writer any more; a living one needs it for a fraction of one. */
const ABANDONED_MS = 5000;
/** Milliseconds between two looks for such files: they cost nothing but their place. */
const SWEEP_MS = 60_000;
/** How long a tombstone is kept, in milliseconds, and how many of a kind: Redis must have forgotten the record by then. */
const TOMBSTONE_MS = 3_600_000;
const TOMBSTONES = 512;

const GONE = '.gone-';
const TMP = '.tmp';
const BAD = '.bad';
const recordFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The records once more, as files in <root>/records/<kind>:
 *
 *   <id>        the record, byte for byte as in Redis
 *   .gone-<id>  a tombstone: the record was deleted when it held these bytes
 *   <id>.bad    a record that nobody can read, for a person to look at
 *   *.tmp       being written
 *
 * A file is written beside its place and renamed, so that a process that is killed leaves the old or the new one. It is
 * not synced. After a power loss a file may be the one before, empty or away: its seal tells (see seal.ts), the copy in
 * Redis' append-only file is synced each second, and nothing that a sandbox or container record describes is alive. An
 * image whose record is lost so is pulled again from the layers that are there. A deletion is a rename: it
 * needs no room on a full disk.
 */
export class Mirror {
  readonly #timers: NodeJS.Timeout[] = [];
  /** Files' times are the wall clock's. */
  readonly #ages = new FirstSeen();
  /** Entries that are no files and were reported. */
  readonly #reported = new Set<string>();

  constructor(
    readonly root: string,
    readonly log: Logger,
    readonly reserve: Reserve,
  ) {}

  async open(kinds: readonly Kind[]): Promise<void> {
    for (const kind of kinds) await mkdir(this.#directory(kind), { recursive: true, mode: 0o700 });
    const sweep = async (): Promise<void> => {
      for (const kind of kinds) {
        await this.#sweep(kind).catch((error: unknown) => {
          this.log.warn({ err: error, kind }, 'what dead writers left beside the records cannot be removed now');
        });
      }
      this.#ages.endRound();
    };
    await sweep();
    // The first soon: whom this process follows was killed a moment ago, and what it left is still too young.
    this.#timers.push(
      setTimeout(() => void sweep(), ABANDONED_MS + 1000),
      setInterval(() => void sweep(), SWEEP_MS),
    );
    for (const timer of this.#timers) timer.unref();
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Removes what writers that died have left, and tombstones that are old or too many. */
  async #sweep(kind: Kind): Promise<void> {
    const tombstones: { path: string; at: number; age: number }[] = [];
    for (const { name } of await this.#files(kind)) {
      if (!name.endsWith(TMP) && !name.startsWith(GONE)) continue;
      const path = join(this.#directory(kind), name);
      const times = await stat(path).catch(() => undefined);
      if (!times) continue;
      const age = this.#ages.age(`${path} ${times.ino}`);
      // A tombstone is a file that was renamed, which its mtime does not tell.
      if (!name.endsWith(TMP)) tombstones.push({ path, at: times.ctimeMs, age });
      // Either will do: a writer whose file is taken from it writes another one.
      else if (Math.max(age, Date.now() - times.mtimeMs) > ABANDONED_MS) await rm(path, { force: true });
    }
    tombstones.sort((one, other) => other.at - one.at);
    for (const [index, { path, age }] of tombstones.entries()) {
      if (index >= TOMBSTONES || age > TOMBSTONE_MS) await rm(path, { force: true });
    }
  }

  #directory(kind: Kind): string {
    return join(this.root, 'records', kind);
  }

  #path(kind: Kind, id: string): string {
    return join(this.#directory(kind), id);
  }

  /** The regular files of a kind. Anything else is nobody's: it is reported once and left. */
  async #files(kind: Kind): Promise<{ name: string }[]> {
    const entries = await readdir(this.#directory(kind), { withFileTypes: true });
    return entries.filter((entry) => {
      if (entry.isFile()) return true;
      const path = join(this.#directory(kind), entry.name);
      if (!this.#reported.has(path)) {
        this.#reported.add(path);
        this.log.error({ path }, 'this is no record and is ignored: records are regular files');
      }
      return false;
    });
  }

  /** @throws the file system's error, ENOSPC and EROFS among them */
  async write(kind: Kind, id: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(kind, id);
    for (let attempt = 1; ; attempt++) {
      const temporary = `${path}.${randomBytes(4).toString('hex')}${TMP}`;
      try {
        // The directory's group, which the gateway has, reads it.
        await writeFile(temporary, bytes, { mode: 0o640, flag: 'wx' });
        if ((process.umask() & 0o040) !== 0) await chmod(temporary, 0o640);
        await rename(temporary, path);
        return;
      } catch (error) {
        // This process slept so long that its file was taken for a dead writer's.
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' && attempt < 3) continue;
        await rm(temporary, { force: true }).catch(() => undefined);
        if ((code === 'ENOSPC' || code === 'EDQUOT') && (await this.reserve.release())) continue;
        throw error;
      }
    }
  }

  /** Turns a record's file into its tombstone, which holds `bytes`, those of the record that is deleted. */
  async bury(kind: Kind, id: string, bytes: Buffer): Promise<void> {
    const path = this.#path(kind, id);
    const grave = this.#path(kind, `${GONE}${id}`);
    const file = await this.read(kind, id);
    if (file?.equals(bytes)) return await rename(path, grave);
    // The file is older, or away. Where there is no room, it will do.
    await this.write(kind, `${GONE}${id}`, bytes).catch(async (error: unknown) => {
      if (!file) throw error;
      await rename(path, grave);
    });
    await this.drop(kind, id);
  }

  /** Removes a record's file. */
  async drop(kind: Kind, id: string): Promise<void> {
    await rm(this.#path(kind, id), { force: true });
  }

  /** The bytes of a deleted record; undefined where none of this id was deleted lately. */
  tombstone(kind: Kind, id: string): Promise<Buffer | undefined> {
    return this.read(kind, `${GONE}${id}`);
  }

  /** Forgets that a record of this id was deleted: one is made again. */
  async exhume(kind: Kind, id: string): Promise<void> {
    await rm(this.#path(kind, `${GONE}${id}`), { force: true });
  }

  /** A record's bytes as they are on disk; undefined where it has no file. A file that cannot be read is empty. */
  async read(kind: Kind, id: string): Promise<Buffer | undefined> {
    const path = this.#path(kind, id);
    try {
      // A gateway that was taken over may put links and FIFOs there.
      return await readFile(path, { flag: recordFlags });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      this.log.error({ err: error, path }, 'a record cannot be read from disk');
      return Buffer.alloc(0);
    }
  }

  /** The ids of a kind that have a file, and those that have a tombstone. */
  async ids(kind: Kind): Promise<{ records: string[]; tombstones: string[] }> {
    const records: string[] = [];
    const tombstones: string[] = [];
    for (const { name } of await this.#files(kind)) {
      if (name.endsWith(TMP)) continue;
      if (name.startsWith(GONE)) tombstones.push(name.slice(GONE.length));
      else if (!name.startsWith('.') && !name.endsWith(BAD)) records.push(name);
    }
    return { records, tombstones };
  }

  /** Puts the bytes that nobody can read out of the way, for a person to look at. Answers where they are. */
  async setAside(kind: Kind, id: string, bytes: Uint8Array | undefined): Promise<string> {
    const path = this.#path(kind, id);
    await rename(path, `${path}${BAD}`).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      if (bytes) await this.write(kind, `${id}${BAD}`, bytes);
    });
    return `${path}${BAD}`;
  }
}
