import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { basename } from 'node:path';
import * as at from '../file/at.js';
import { DirectoryReader } from '../file/directory-entries.js';
import { SyscallError } from '../errno.js';
import { clearLocks, clearLocksAt } from '../file/inode-flags.js';
import { closeFd } from '../libc.js';

/** Directories below one another that are held open; what lies deeper is moved up to the tree's top first. */
const maxHeld = 16;
const { ENOENT, ENOTDIR, EISDIR, ENOTEMPTY, EEXIST, EPERM, EBUSY } = constants.errno;

/**
 * Removes whatever `path` names, a directory with everything in it; nothing there is success. `path` without its last
 * part is trusted, what lies below it is not: it may hold anything, and others may change it meanwhile.
 *
 * - No path is walked. Every call names one entry of an open directory and follows no link (unlinkat(2), openat2(2) with
 *   RESOLVE_NO_SYMLINKS), so nothing outside of the tree can be reached, whatever is swapped or moved.
 * - Depth has no limit, and descriptors have one: a directory deeper than `maxHeld` is moved to the top of the tree, and
 *   removed from there. `..` is never followed.
 * - What is mounted below is neither entered nor removed (RESOLVE_NO_XDEV): it is reported when all else is removed.
 * - Locked files and directories (chattr +i and +a) are unlocked.
 * - The top is closed to everybody but root first; half removed, it can be removed by the same call again.
 *
 * A generator that yields after each entry, so that a caller can do other things in between. `return()` ends it early
 * and leaves no descriptor open. Throws SyscallError: the first entry that could not be removed.
 */
export function* removalSteps(path: string): Generator<undefined, void> {
  const parent = at.findParent(path);
  if (parent === undefined) return;
  try {
    yield* new Removal(path).remove(parent, Buffer.from(basename(path)).toString('latin1'));
  } finally {
    closeFd(parent);
  }
}

/** The same synchronously, for threads that have nothing else to do. */
export function removeTreeSync(path: string): void {
  const steps = removalSteps(path);
  while (!steps.next().done);
}

class Removal {
  /** Entries that this removed or moved up. */
  #progress = 0;
  #moved = 0;
  /** The first number of names at the top: a removal that was broken off left others. */
  readonly #prefix = randomBytes(6).toString('hex');
  #top = -1;
  #failure: SyscallError | undefined;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  *remove(parent: number, name: string): Generator<undefined, void> {
    if (this.#drop(parent, name)) return;
    if (this.#failure) throw this.#failure;
    const top = at.findDirectoryOnMount(parent, name);
    if (top === undefined) return;
    this.#top = top;
    try {
      clearLocks(top);
      at.chmodFd(top, 0o700);
      for (let before = -1; before !== this.#progress; ) {
        before = this.#progress;
        this.#failure = undefined;
        yield* this.#clear(top, 1);
        if (this.#drop(parent, name)) return;
      }
    } finally {
      closeFd(top);
    }
    throw this.#failure ?? new SyscallError('ENOTEMPTY', 'unlinkat', this.#path);
  }

  /** Removes what is in an open directory, as far as it goes. */
  *#clear(dir: number, held: number): Generator<undefined, void> {
    const reader = new DirectoryReader(dir);
    for (let entry = reader.next(); entry; entry = reader.next()) {
      yield;
      if (this.#drop(dir, entry.name, entry.directory)) continue;
      if (held < maxHeld) yield* this.#descend(dir, entry.name, held);
      else this.#moveUp(dir, entry.name);
    }
  }

  /** Removes a directory that is not empty. It is read again while that removes something: somebody may add to it. */
  *#descend(dir: number, name: string, held: number): Generator<undefined, void> {
    let child: number | undefined;
    try {
      child = at.findDirectoryOnMount(dir, name);
    } catch (error) {
      this.#failed(error, name);
      return;
    }
    // It changed meanwhile. The next round of the directory above meets what is there now.
    if (child === undefined) return;
    try {
      for (let before = -1; before !== this.#progress; ) {
        before = this.#progress;
        yield* this.#clear(child, held + 1);
        if (this.#drop(dir, name, true)) return;
      }
    } finally {
      closeFd(child);
    }
  }

  #moveUp(dir: number, name: string): void {
    // An entry at the top may already have such a name: a rename replaces an empty directory and fails on anything else.
    for (let tries = 0; tries < 8; tries++) {
      const errno = at.tryRenameAt(dir, name, this.#top, `${this.#prefix}-${this.#moved++}`);
      if (errno === 0) {
        this.#progress++;
        return;
      }
      if (errno === ENOENT) return;
      if (errno === EPERM && this.#unlock(dir, name)) continue;
      if (![ENOTEMPTY, EEXIST, ENOTDIR].includes(errno)) {
        this.#failed(new SyscallError(errno, 'renameat', name), name);
        return;
      }
    }
  }

  /** Removes one entry, unless it is a directory with something in it or cannot be removed. Answers whether it is gone. */
  #drop(dir: number, name: string, directory?: boolean): boolean {
    let errno = this.#unlink(dir, name, directory);
    if (errno === EPERM && this.#unlock(dir, name)) errno = this.#unlink(dir, name, directory);
    if (errno === 0) this.#progress++;
    if (errno === 0 || errno === ENOENT) return true;
    if (errno !== ENOTEMPTY && errno !== EEXIST) this.#failed(new SyscallError(errno, 'unlinkat', name), name);
    return false;
  }

  #unlink(dir: number, name: string, directory: boolean | undefined): number {
    if (!directory) {
      const errno = at.tryUnlinkAt(dir, name);
      if (errno !== EISDIR) return errno;
    }
    const errno = at.tryUnlinkAt(dir, name, at.AT_REMOVEDIR);
    // It was a directory when it was read.
    return errno === ENOTDIR ? at.tryUnlinkAt(dir, name) : errno;
  }

  /** An entry cannot be removed when it or its directory is locked. */
  #unlock(dir: number, name: string): boolean {
    let unlocked = clearLocks(dir);
    try {
      unlocked = clearLocksAt(dir, name) || unlocked;
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
    }
    return unlocked;
  }

  #failed(error: unknown, name: string): void {
    if (!(error instanceof SyscallError)) throw error;
    const mounted = error.errno === EBUSY || error.code === 'EXDEV';
    const shown = Buffer.from(name, 'latin1').toString();
    const detail = mounted ? `something is mounted at ${shown}` : shown;
    this.#failure ??= new SyscallError(error.errno, error.syscall, this.#path, detail);
  }
}
