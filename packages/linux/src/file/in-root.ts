import { closeSync, constants, fstatSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import * as at from './at.js';
import { errnoName, hasCode, SyscallError } from '../errno.js';
import { check, cPath, lastErrno, libcFunction, O_CLOEXEC, O_PATH, SYS, sys } from '../libc.js';

// Reading and writing below a root file system whose content is hostile: its symlinks may point
// anywhere and may change at any moment. The kernel resolves (openat2(2), Linux 5.6), never we.

const resolveFlags = { noMagiclinks: 0x02, noSymlinks: 0x04, beneath: 0x08, inRoot: 0x10 };
const renameRaceRetries = 64;
const maxLinks = 40;

const openat2 = libcFunction<[number, number, string | Buffer, Buffer, number]>(
  'long syscall(long n, long dir, const char *path, void *how, size_t size)',
);
const mkdirat = libcFunction<[number, string, number]>('int mkdirat(int dir, const char *path, int mode)');
const fchownat = libcFunction<[number, string, number, number, number]>(
  'int fchownat(int dir, const char *path, int uid, int gid, int flags)',
);
const fchmod = libcFunction<[number, number]>('int fchmod(int fd, int mode)');
const readlinkat = libcFunction<[number, string, Buffer, number]>(
  'long readlinkat(int dir, const char *path, void *buffer, size_t size)',
);

export interface OpenInRootOptions {
  /** open(2) flags; default O_RDONLY. O_CLOEXEC is always added. */
  flags?: number;
  /** Mode of a file that O_CREAT makes, umask applied. */
  mode?: number;
  /**
   * `in-root` (default): absolute paths and symlinks and `..` stay within the root, as after chroot.
   * `beneath`: whatever would leave the root is an error (EXDEV).
   */
  resolve?: 'in-root' | 'beneath';
  /** Refuse every symlink on the way (ELOOP). */
  noSymlinks?: boolean;
}

/** Opens a path below `root` (a directory's path or descriptor). Answers a descriptor, which belongs to the caller. */
export function openInRoot(root: string | number, path: string, options: OpenInRootOptions = {}): number {
  const fd = openIfThere(root, path, options);
  if (fd === undefined) throw new SyscallError('ENOENT', 'openat2', whole(root, path));
  return fd;
}

function whole(root: string | number, path: string): string {
  return typeof root === 'string' ? join(root, path) : path;
}

/** The same; undefined where nothing is there, which is common and so must not cost an error's stack. */
function openIfThere(root: string | number, path: string, options: OpenInRootOptions): number | undefined {
  const { flags = constants.O_RDONLY, mode = 0, resolve = 'in-root', noSymlinks } = options;
  const creates = (flags & constants.O_CREAT) !== 0;
  // struct open_how: flags, mode, resolve, all u64.
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(creates ? mode : 0), 8);
  const rules = resolve === 'beneath' ? resolveFlags.beneath : resolveFlags.inRoot;
  how.writeBigUInt64LE(BigInt(rules | resolveFlags.noMagiclinks | (noSymlinks ? resolveFlags.noSymlinks : 0)), 16);
  return withRoot(root, (dir) => {
    for (let tries = 0; ; tries++) {
      const fd = openat2(SYS.openat2, dir, cPath(path === '' ? '.' : path), how, how.length);
      if (fd >= 0) return fd;
      const errno = lastErrno();
      if (errnoName(errno) === 'ENOENT') return undefined;
      const error = new SyscallError(errno, 'openat2', whole(root, path));
      // EAGAIN: somebody renamed on the way and the kernel cannot vouch for the result.
      if (error.code !== 'EAGAIN' || tries >= renameRaceRetries) throw error;
    }
  });
}

function withRoot<T>(root: string | number, work: (dir: number) => T): T {
  if (typeof root === 'number') return work(root);
  const dir = check(sys.open(root, O_PATH | O_CLOEXEC | constants.O_DIRECTORY, 0), 'open', root);
  try {
    return work(dir);
  } finally {
    closeSync(dir);
  }
}

/**
 * Reads a regular file below `root`. Anything else (a directory, a FIFO that would block, a device)
 * is EINVAL; a file over `maxBytes` (default 1 MiB) is EFBIG.
 */
export function readFileInRoot(root: string | number, path: string, options: { maxBytes?: number } = {}): Buffer {
  const content = readFileIfInRoot(root, path, options);
  if (content === undefined) throw new SyscallError('ENOENT', 'openat2', whole(root, path));
  return content;
}

/** The same; undefined where nothing is there. */
export function readFileIfInRoot(
  root: string | number,
  path: string,
  options: { maxBytes?: number } = {},
): Buffer | undefined {
  const { maxBytes = 1 << 20 } = options;
  const fd = openIfThere(root, path, { flags: constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY });
  if (fd === undefined) return undefined;
  try {
    if (!fstatSync(fd).isFile()) throw new SyscallError('EINVAL', 'read', path, 'not a regular file');
    // The size in stat may lie (a file being written): what counts is what was read.
    const buffer = Buffer.alloc(Math.min(maxBytes, fstatSync(fd).size) + 1);
    const chunks: Buffer[] = [];
    let total = 0;
    for (let size = readSync(fd, buffer); size > 0; size = readSync(fd, buffer)) {
      total += size;
      if (total > maxBytes) throw new SyscallError('EFBIG', 'read', path, `more than ${maxBytes} bytes`);
      chunks.push(Buffer.from(buffer.subarray(0, size)));
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(fd);
  }
}

/**
 * Where a path below `root` leads when its symlinks are followed within the root: an absolute path
 * as seen from inside, such as `/usr/bin/sh` for `/bin/sh`. True at the moment of the call
 * only: to use the file, open it with `openInRoot`.
 */
export function resolveInRoot(root: string, path: string): string {
  const fd = openInRoot(root, path, { flags: O_PATH });
  try {
    return insideRoot(root, fd);
  } finally {
    closeSync(fd);
  }
}

function insideRoot(root: string, fd: number): string {
  const real = readlinkSync(`/proc/self/fd/${fd}`);
  const base = realpathSync(root).replace(/\/+$/, '');
  if (real !== base && !real.startsWith(`${base}/`))
    throw new SyscallError('EXDEV', 'resolve', real, `outside of ${base}`);
  return real.slice(base.length) || '/';
}

/**
 * Where a path below `root` leads when its links are followed within the root, and what is there: undefined for nothing.
 * Unlike `resolveInRoot` it answers also for a link that leads to nothing yet. ELOOP after 40 links.
 */
export function followInRoot(
  root: string | number,
  path: string,
): { path: string; type: at.StatAt['type'] | undefined } {
  return withRoot(root, (rootFd) => {
    const done: string[] = [];
    const todo = split(path);
    let links = 0;
    let type: at.StatAt['type'] | undefined = 'directory';
    for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
      if (name === '..') {
        done.pop();
        continue;
      }
      const found = lookAt(rootFd, done, name);
      if (found.link === undefined) {
        done.push(name);
        type = found.type;
        continue;
      }
      if (++links > maxLinks) throw new SyscallError('ELOOP', 'follow', whole(root, path));
      if (found.link.startsWith('/')) done.length = 0;
      todo.unshift(...split(found.link));
    }
    return { path: `/${done.join('/')}`, type };
  });
}

function lookAt(
  root: number,
  parents: readonly string[],
  name: string,
): { type: at.StatAt['type'] | undefined; link?: string } {
  const flags = O_PATH | constants.O_DIRECTORY;
  let parent: number | undefined;
  try {
    parent = openIfThere(root, parents.join('/'), { resolve: 'beneath', noSymlinks: true, flags });
  } catch (error) {
    if (!hasCode(error, 'ENOTDIR')) throw error;
  }
  if (parent === undefined) return { type: undefined };
  try {
    const bytes = Buffer.from(name).toString('latin1');
    const type = at.statAt(parent, bytes)?.type;
    if (type !== 'symlink') return { type };
    return { type, link: Buffer.from(at.readlinkAt(parent, bytes), 'latin1').toString() };
  } finally {
    closeSync(parent);
  }
}

export interface MkdirInRootOptions {
  /** Mode of each directory made, whatever the umask; default 0755. */
  mode?: number;
  /** Owner of each directory made; default root. */
  uid?: number;
  gid?: number;
}

/**
 * Makes a directory and its missing parents below `root`, following symlinks within the root:
 * where one leads nowhere, its target is made. Directories that are there stay as they
 * are. Answers the path as seen from inside the root, without symlinks.
 */
export function mkdirAllInRoot(root: string, path: string, options: MkdirInRootOptions = {}): string {
  return withRoot(root, (rootFd) => {
    const done: string[] = [];
    const todo = split(path);
    let links = 0;
    for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
      if (name === '..') {
        done.pop();
        continue;
      }
      const link = enterOrMake(rootFd, done, name, options);
      if (link === undefined) {
        done.push(name);
        continue;
      }
      if (++links > maxLinks) throw new SyscallError('ELOOP', 'mkdir', join(root, path));
      if (link.startsWith('/')) done.length = 0;
      todo.unshift(...split(link));
    }
    return `/${done.join('/')}`;
  });
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** Makes sure of the directory `name` in `parents`; returns a symlink's target where that is there. */
function enterOrMake(
  root: number,
  parents: readonly string[],
  name: string,
  options: MkdirInRootOptions,
): string | undefined {
  const real = { resolve: 'beneath', noSymlinks: true } as const;
  const parent = openInRoot(root, parents.join('/'), { ...real, flags: O_PATH | constants.O_DIRECTORY });
  try {
    for (;;) {
      const fd = openIfThere(parent, name, { ...real, flags: O_PATH | constants.O_NOFOLLOW });
      if (fd === undefined) {
        if (make(parent, name, options)) return undefined;
        continue;
      }
      try {
        const stat = fstatSync(fd);
        if (stat.isDirectory()) return undefined;
        if (stat.isSymbolicLink()) return readLink(fd);
        throw new SyscallError('ENOTDIR', 'mkdir', `/${[...parents, name].join('/')}`);
      } finally {
        closeSync(fd);
      }
    }
  } finally {
    closeSync(parent);
  }
}

/** Makes a directory; false when something is there by now: another maker was quicker, and the caller looks again. */
function make(parent: number, name: string, { mode = 0o755, uid = 0, gid = 0 }: MkdirInRootOptions): boolean {
  if (mkdirat(parent, name, 0o700) < 0) {
    const errno = lastErrno();
    if (errnoName(errno) === 'EEXIST') return false;
    throw new SyscallError(errno, 'mkdirat', name);
  }
  const fd = openInRoot(parent, name, {
    flags: constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
    noSymlinks: true,
  });
  try {
    check(fchownat(fd, '.', uid, gid, 0), 'fchownat', name);
    check(fchmod(fd, mode), 'fchmod', name);
    return true;
  } finally {
    closeSync(fd);
  }
}

function readLink(fd: number): string {
  const buffer = Buffer.alloc(4096);
  const size = check(readlinkat(fd, '', buffer, buffer.length), 'readlinkat');
  return buffer.toString('utf8', 0, size);
}
