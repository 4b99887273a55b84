import { basename } from 'node:path';
import * as at from '../file/at.js';
import { DirectoryReader } from '../file/directory-entries.js';
import { hasCode } from '../errno.js';
import { closeFd } from '../libc.js';

export interface WalkLimits {
  /** Directories below one another that are held open. */
  maxHeld?: number | undefined;
  /** Directories below one another that are remembered; what lies deeper is walked as a tree of its own afterwards. */
  maxRemembered?: number | undefined;
}

/** Looks at one entry of an open directory. Answers whether it is a directory that is to be walked. */
export type Visit = (dir: number, name: string) => boolean;

/** Trees that wait for their own walk. */
const maxWaiting = 64;

/**
 * Visits the tree at `path`, itself included; nothing there is success. `path` without its last part is trusted, the tree
 * is not: names need not be UTF-8, depth has no limit, and others may change it meanwhile. Descriptors and memory are
 * bounded. No link is followed and no mount is entered, and nothing outside of the tree is visited: a way back up that
 * does not lead where it came from is not taken.
 *
 * A generator that yields after each entry. `return()` ends it early and leaves no descriptor open.
 */
export function* walkSteps(path: string, visit: Visit, limits: WalkLimits = {}): Generator<undefined, void> {
  const parent = at.findParent(path);
  if (parent === undefined) return;
  try {
    yield* new Walk(visit, limits).run(parent, Buffer.from(basename(path)).toString('latin1'));
  } finally {
    closeFd(parent);
  }
}

/** A directory on the way down. Without a reader it is closed, and goes on at `offset` when it is opened again. */
interface Level {
  readonly name: string;
  readonly inode: string;
  reader: DirectoryReader | undefined;
  offset: bigint;
}

class Walk {
  readonly #visit: Visit;
  readonly #maxHeld: number;
  readonly #maxRemembered: number;
  /** From the top to where the walk is; the top stays open. */
  #levels: Level[] = [];
  readonly #waiting: Level[] = [];

  constructor(visit: Visit, { maxHeld = 128, maxRemembered = 100_000 }: WalkLimits) {
    this.#visit = visit;
    this.#maxHeld = Math.max(2, maxHeld);
    this.#maxRemembered = Math.max(2, maxRemembered);
  }

  *run(parent: number, name: string): Generator<undefined, void> {
    try {
      if (this.#visit(parent, name)) {
        // The tree itself may be a mount.
        const top = level(at.findDirectoryAt(parent, name), name);
        if (top) this.#waiting.push(top);
      }
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        this.#levels = [next];
        yield* this.#walk();
      }
    } finally {
      for (const { reader } of [...this.#levels, ...this.#waiting]) if (reader) closeFd(reader.fd);
    }
  }

  *#walk(): Generator<undefined, void> {
    for (let level = this.#levels.at(-1); level; level = this.#levels.at(-1)) {
      const { reader } = level;
      const entry = reader?.next();
      if (!reader || !entry) {
        this.#leave(level);
        continue;
      }
      if (this.#visit(reader.fd, entry.name)) {
        const child = this.#enter(reader.fd, entry.name);
        if (child) this.#descend(child);
      }
      yield;
    }
  }

  #enter(dir: number, name: string): Level | undefined {
    return level(findDirectory(dir, name), name);
  }

  #descend(child: Level): void {
    if (this.#levels.length >= this.#maxRemembered) {
      if (this.#waiting.length < maxWaiting) this.#waiting.push(child);
      else if (child.reader) closeFd(child.reader.fd);
      return;
    }
    this.#levels.push(child);
    const far = this.#levels[this.#levels.length - this.#maxHeld];
    if (far?.reader && far !== this.#levels[0]) {
      far.offset = far.reader.offset;
      closeFd(far.reader.fd);
      far.reader = undefined;
    }
  }

  /** Goes back up to the nearest directory that is still where it was. */
  #leave(level: Level): void {
    this.#levels.pop();
    try {
      for (let above = this.#levels.at(-1); above && !above.reader; above = this.#levels.at(-1)) {
        const fd = this.#up(level, above) ?? this.#down();
        if (fd !== undefined) above.reader = new DirectoryReader(fd, above.offset);
        else this.#levels.pop();
      }
    } finally {
      if (level.reader) closeFd(level.reader.fd);
    }
  }

  /** The directory above by `..`, unless that is another one by now. */
  #up(level: Level, above: Level): number | undefined {
    if (!level.reader) return undefined;
    let fd: number;
    try {
      fd = at.openDirectoryAt(level.reader.fd, '..');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
    if (at.statAt(fd, '')?.inode === above.inode) return fd;
    closeFd(fd);
    return undefined;
  }

  /** The deepest of the levels by the names from the top, unless one of them is another directory by now. */
  #down(): number | undefined {
    let from = this.#levels[0]?.reader?.fd;
    if (from === undefined) return undefined;
    for (const [index, { name, inode }] of this.#levels.slice(1).entries()) {
      const found = findDirectory(from, name);
      if (index > 0) closeFd(from);
      if (found === undefined) return undefined;
      if (at.statAt(found, '')?.inode !== inode) {
        closeFd(found);
        return undefined;
      }
      from = found;
    }
    return this.#levels.length > 1 ? from : undefined;
  }
}

function level(fd: number | undefined, name: string): Level | undefined {
  if (fd === undefined) return undefined;
  return { name, inode: at.statAt(fd, '')?.inode ?? '', reader: new DirectoryReader(fd), offset: 0n };
}

/** Undefined also where something is mounted. */
function findDirectory(dir: number, name: string): number | undefined {
  try {
    return at.findDirectoryOnMount(dir, name);
  } catch (error) {
    if (hasCode(error, 'EXDEV')) return undefined;
    throw error;
  }
}
