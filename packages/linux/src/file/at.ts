import { constants as open, openSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, check, lastErrno, libcFunction, O_CLOEXEC, SYS } from '../libc.js';
import { hasCode, SyscallError } from '../errno.js';

/**
 * System calls on names below an open directory. Names are byte strings: one character per
 * byte (latin1), so that names of any encoding pass unchanged. No function of these follows a
 * symbolic link in the name's last component, except where it says so.
 */

const RESOLVE_NO_XDEV = 0x01;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_IN_ROOT = 0x10;
// Their numbers are not the same on every architecture: Node was compiled with those of this one.
const { O_DIRECTORY, O_NOFOLLOW } = open;
export const AT_REMOVEDIR = 0x200;

const calls = {
  syscall: libcFunction<[number, number, Buffer, Buffer, number]>(
    'long syscall(long number, int dirfd, const char *path, void *how, size_t size)',
  ),
  openat: libcFunction<[number, Buffer, number, number]>('int openat(int fd, const char *path, int flags, int mode)'),
  mkdirat: libcFunction<[number, Buffer, number]>('int mkdirat(int fd, const char *path, unsigned int mode)'),
  mknodat: libcFunction<[number, Buffer, number, bigint]>(
    'int mknodat(int fd, const char *path, unsigned int mode, uint64_t device)',
  ),
  symlinkat: libcFunction<[Buffer, number, Buffer]>('int symlinkat(const char *target, int fd, const char *path)'),
  linkat: libcFunction<[number, Buffer, number, Buffer, number]>(
    'int linkat(int oldfd, const char *old, int newfd, const char *path, int flags)',
  ),
  unlinkat: libcFunction<[number, Buffer, number]>('int unlinkat(int fd, const char *path, int flags)'),
  renameat: libcFunction<[number, Buffer, number, Buffer]>(
    'int renameat(int oldfd, const char *old, int newfd, const char *path)',
  ),
  readlinkat: libcFunction<[number, Buffer, Buffer, number]>(
    'long readlinkat(int fd, const char *path, void *buffer, size_t size)',
  ),
  fchownat: libcFunction<[number, Buffer, number, number, number]>(
    'int fchownat(int fd, const char *path, unsigned int uid, unsigned int gid, int flags)',
  ),
  fchmodat: libcFunction<[number, Buffer, number, number]>(
    'int fchmodat(int fd, const char *path, unsigned int mode, int flags)',
  ),
  fchown: libcFunction<[number, number, number]>('int fchown(int fd, unsigned int uid, unsigned int gid)'),
  fchmod: libcFunction<[number, number]>('int fchmod(int fd, unsigned int mode)'),
  utimensat: libcFunction<[number, Buffer | null, Buffer, number]>(
    'int utimensat(int fd, const char *path, const void *times, int flags)',
  ),
  futimens: libcFunction<[number, Buffer]>('int futimens(int fd, const void *times)'),
  statx: libcFunction<[number, Buffer, number, number, Buffer]>(
    'int statx(int fd, const char *path, int flags, unsigned int mask, void *buffer)',
  ),
  fsetxattr: libcFunction<[number, Buffer, Buffer, number, number]>(
    'int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)',
  ),
  fgetxattr: libcFunction<[number, Buffer, Buffer, number]>(
    'long fgetxattr(int fd, const char *name, void *value, size_t size)',
  ),
  lsetxattr: libcFunction<[Buffer, Buffer, Buffer, number, number]>(
    'int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)',
  ),
};

/** Names are written here for the time of one call: a layer has a hundred thousand of them. */
const scratch = [Buffer.alloc(4096), Buffer.alloc(4096)] as const;

/** A name for one call; a call with two names gives the second one another `slot`. */
function bytes(name: string, slot: 0 | 1 = 0): Buffer {
  if (name.includes('\0')) throw new SyscallError('EINVAL', 'path', name.replaceAll('\0', '\\0'));
  const buffer = scratch[slot];
  if (name.length >= buffer.length) return Buffer.from(`${name}\0`, 'latin1');
  buffer[buffer.write(name, 'latin1')] = 0;
  return buffer;
}

/** struct open_how: flags, mode and resolve, all u64. */
function openHow(flags: number, resolve: number): Buffer {
  const how = Buffer.alloc(24);
  how.writeUInt32LE(flags | O_CLOEXEC, 0);
  how.writeUInt32LE(resolve, 16);
  return how;
}

const inRoot = openHow(O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
const onSameMount = openHow(O_DIRECTORY | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);

/**
 * Opens the directory `path` as if `rootFd` were the root: absolute links start there and
 * `..` stops there, so the result lies within it always (openat2(2), RESOLVE_IN_ROOT).
 */
export function openDirectoryInRoot(rootFd: number, path: string): number {
  const name = bytes(path === '' ? '.' : path);
  for (let attempt = 1; ; attempt++) {
    try {
      return check(calls.syscall(SYS.openat2, rootFd, name, inRoot, inRoot.length), 'openat2', path);
    } catch (error) {
      // EAGAIN: something was renamed meanwhile, anywhere; man openat2(2) says to repeat.
      if (!(error instanceof SyscallError) || error.code !== 'EAGAIN' || attempt === 64) throw error;
    }
  }
}

export function openAt(fd: number, name: string, flags: number, mode = 0): number {
  return check(calls.openat(fd, bytes(name), flags | O_CLOEXEC | O_NOFOLLOW, mode), 'openat', name);
}

export function openDirectoryAt(fd: number, name: string): number {
  return openAt(fd, name, O_DIRECTORY);
}

/** As openDirectoryAt(), but undefined where the name is none or no directory. */
export function findDirectoryAt(fd: number, name: string): number | undefined {
  const result = calls.openat(fd, bytes(name), O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
  if (result < 0) {
    const { ENOENT, ENOTDIR, ELOOP } = constants.errno;
    if ([ENOENT, ENOTDIR, ELOOP].includes(lastErrno())) return undefined;
  }
  return check(result, 'openat', name);
}

/**
 * Opens a directory of `fd` by its one name, on the same mount: undefined where the name is gone or is no directory any
 * more. Throws EXDEV where something is mounted there, a bind mount of the same file system included (openat2(2)).
 */
export function findDirectoryOnMount(fd: number, name: string): number | undefined {
  const result = calls.syscall(SYS.openat2, fd, bytes(name), onSameMount, onSameMount.length);
  if (result < 0) {
    const { ENOENT, ENOTDIR, ELOOP } = constants.errno;
    if ([ENOENT, ENOTDIR, ELOOP].includes(lastErrno())) return undefined;
  }
  return check(result, 'openat2', name);
}

export function mkdirAt(fd: number, name: string, mode: number): void {
  check(calls.mkdirat(fd, bytes(name), mode), 'mkdirat', name);
}

/** Makes a directory; false where the name is taken. */
export function tryMkdirAt(fd: number, name: string, mode: number): boolean {
  const result = calls.mkdirat(fd, bytes(name), mode);
  if (result < 0 && lastErrno() === constants.errno.EEXIST) return false;
  check(result, 'mkdirat', name);
  return true;
}

/** `mode` holds the type (S_IFCHR, S_IFBLK, S_IFIFO); the device number is split as in makedev(3). */
export function mknodAt(fd: number, name: string, mode: number, major = 0, minor = 0): void {
  const [high, low] = [BigInt(major), BigInt(minor)];
  const device = ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
  check(calls.mknodat(fd, bytes(name), mode, device), 'mknodat', name);
}

export function symlinkAt(target: string, fd: number, name: string): void {
  check(calls.symlinkat(bytes(target, 1), fd, bytes(name)), 'symlinkat', name);
}

/** A hard link; to a symbolic link itself where `oldName` is one. */
export function linkAt(oldFd: number, oldName: string, fd: number, name: string): void {
  check(calls.linkat(oldFd, bytes(oldName, 1), fd, bytes(name), 0), 'linkat', name);
}

export function unlinkAt(fd: number, name: string, flags = 0): void {
  check(calls.unlinkat(fd, bytes(name), flags), 'unlinkat', name);
}

/** As unlinkAt(), but answers the errno, 0 for success: trees are removed by asking, and most answers are expected. */
export function tryUnlinkAt(fd: number, name: string, flags = 0): number {
  return calls.unlinkat(fd, bytes(name), flags) < 0 ? lastErrno() : 0;
}

/** renameat(2); answers the errno, 0 for success. */
export function tryRenameAt(fd: number, name: string, newFd: number, newName: string): number {
  return calls.renameat(fd, bytes(name, 1), newFd, bytes(newName)) < 0 ? lastErrno() : 0;
}

export function readlinkAt(fd: number, name: string): string {
  const buffer = Buffer.alloc(4096);
  const length = check(calls.readlinkat(fd, bytes(name), buffer, buffer.length), 'readlinkat', name);
  return buffer.toString('latin1', 0, length);
}

export function chownAt(fd: number, name: string, uid: number, gid: number): void {
  check(calls.fchownat(fd, bytes(name), uid, gid, AT_SYMLINK_NOFOLLOW), 'fchownat', name);
}

/** Follows a symbolic link (fchmodat(2) knows no other way): the caller made sure that `name` is none. */
export function chmodAt(fd: number, name: string, mode: number): void {
  check(calls.fchmodat(fd, bytes(name), mode, 0), 'fchmodat', name);
}

export function chownFd(fd: number, uid: number, gid: number): void {
  check(calls.fchown(fd, uid, gid), 'fchown');
}

export function chmodFd(fd: number, mode: number): void {
  check(calls.fchmod(fd, mode), 'fchmod');
}

const times = Buffer.alloc(32);

/** struct timespec[2] with the same time for access and modification. */
function timespecs(seconds: number, nanoseconds: number): Buffer {
  const high = Math.floor(seconds / 2 ** 32);
  const low = seconds - high * 2 ** 32;
  for (const at of [0, 16]) {
    times.writeUInt32LE(low, at);
    times.writeInt32LE(high, at + 4);
    times.writeUInt32LE(nanoseconds, at + 8);
  }
  return times;
}

/** Sets access and modification time; seconds since 1970 may be negative. */
export function utimensAt(fd: number, name: string, seconds: number, nanoseconds: number): void {
  const both = timespecs(seconds, nanoseconds);
  check(calls.utimensat(fd, bytes(name), both, AT_SYMLINK_NOFOLLOW), 'utimensat', name);
}

export function utimensFd(fd: number, seconds: number, nanoseconds: number): void {
  check(calls.futimens(fd, timespecs(seconds, nanoseconds)), 'futimens');
}

export interface StatAt {
  readonly type: 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket';
  readonly mode: number;
  readonly links: number;
  readonly gid: number;
  /** Inode and device as one key, for finding hard links. */
  readonly inode: string;
  readonly size: number;
  /** Blocks of 512 bytes. */
  readonly blocks: number;
  readonly major: number;
  readonly minor: number;
}

const types: Readonly<Record<number, StatAt['type']>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'symlink',
  0o020000: 'char',
  0o060000: 'block',
  0o010000: 'fifo',
  0o140000: 'socket',
};
const statBuffer = Buffer.alloc(256);
const STATX_BASIC_STATS = 0x7ff;
const STATX_BLOCKS = 0x400;

/** statx(2) of the name itself, links not followed; of `fd` itself where it is empty; undefined where there is none. */
export function statAt(fd: number, name: string): StatAt | undefined {
  const b = statBuffer;
  const flags = AT_SYMLINK_NOFOLLOW | (name === '' ? AT_EMPTY_PATH : 0);
  const result = calls.statx(fd, bytes(name), flags, STATX_BASIC_STATS, b);
  // Absence is an everyday answer here: no error object for it.
  if (result < 0 && lastErrno() === constants.errno.ENOENT) return undefined;
  check(result, 'statx', name);
  const mode = b.readUInt16LE(28);
  return {
    type: types[mode & 0o170000] ?? 'file',
    mode: mode & 0o7777,
    links: b.readUInt32LE(16),
    gid: b.readUInt32LE(24),
    inode: `${b.readUInt32LE(136)}:${b.readUInt32LE(140)}:${b.readUInt32LE(36)}:${b.readUInt32LE(32)}`,
    size: b.readUInt32LE(40) + b.readUInt32LE(44) * 2 ** 32,
    blocks: b.readUInt32LE(48) + b.readUInt32LE(52) * 2 ** 32,
    major: b.readUInt32LE(128),
    minor: b.readUInt32LE(132),
  };
}

/** Blocks of 512 bytes that the name itself takes, links not followed. */
export function blocksAt(fd: number, name: string): number {
  check(calls.statx(fd, bytes(name), AT_SYMLINK_NOFOLLOW, STATX_BLOCKS, statBuffer), 'statx', name);
  return statBuffer.readUInt32LE(48) + statBuffer.readUInt32LE(52) * 2 ** 32;
}

export function setXattrFd(fd: number, name: string, value: Buffer): void {
  check(calls.fsetxattr(fd, bytes(name), value, value.length, 0), 'fsetxattr', name);
}

/** The value of an extended attribute; undefined where there is none. */
export function getXattrFd(fd: number, name: string): Buffer | undefined {
  const value = Buffer.alloc(65536);
  try {
    const length = check(calls.fgetxattr(fd, bytes(name), value, value.length), 'fgetxattr', name);
    return Buffer.from(value.subarray(0, length));
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENODATA') return undefined;
    throw error;
  }
}

/** Sets an extended attribute of what cannot be opened for it: a symbolic link, a device, a pipe. */
export function setXattrAt(fd: number, name: string, attribute: string, value: Buffer): void {
  const path = bytes(`/proc/self/fd/${fd}/${name}`);
  check(calls.lsetxattr(path, bytes(attribute, 1), value, value.length, 0), 'lsetxattr', name);
}

/**
 * Opens the directory that holds `path`, which is trusted: links in it are followed. Undefined where there is none.
 */
export function findParent(path: string): number | undefined {
  try {
    return openSync(dirname(path), open.O_RDONLY | open.O_DIRECTORY);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
