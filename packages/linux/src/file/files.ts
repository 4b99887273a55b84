import { closeSync, constants, openSync } from 'node:fs';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, check, closeFd, cPath, libcFunction, O_CLOEXEC, showPath } from '../libc.js';

const mknodat = libcFunction<[number, string | Buffer, number, bigint]>(
  'int mknodat(int dir, const char *path, unsigned int mode, uint64_t device)',
);
const utimensatCall = libcFunction<[number, string | Buffer, Buffer, number]>(
  'int utimensat(int dir, const char *path, void *times, int flags)',
);
const openatCall = libcFunction<[number, string, number]>('int openat(int dir, const char *path, int flags)');
const readCall = libcFunction<[number, Buffer, number]>('long read(int fd, void *buffer, size_t size)');
const syncfsCall = libcFunction<[number]>('int syncfs(int fd)');
const UTIME_OMIT = (1n << 30n) - 2n;
const nsPerSecond = 1_000_000_000n;

/** A device number as glibc's makedev(3) packs it. */
export function makedev(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

/** Makes a special file; `mode` holds its type (S_IFCHR 0o020000, S_IFBLK 0o060000, S_IFIFO 0o010000) and permissions, umask applied. */
export function mknod(path: string | Buffer, mode: number, device: bigint = 0n): void {
  check(mknodat(AT_FDCWD, cPath(path), mode, device), 'mknod', showPath(path));
}

export interface FileTimes {
  /** Nanoseconds since the epoch, before it when negative; left as it is when missing. */
  atimeNs?: bigint | undefined;
  mtimeNs?: bigint | undefined;
}

/** Sets a file's times to the nanosecond (utimensat(2)); `nofollow` acts on a symlink itself. */
export function utimens(path: string | Buffer, times: FileTimes, options: { nofollow?: boolean } = {}): void {
  // struct timespec[2]; tv_nsec counts up also before the epoch.
  const buffer = Buffer.alloc(32);
  for (const [offset, ns] of [
    [0, times.atimeNs],
    [16, times.mtimeNs],
  ] as const) {
    const fraction = ns === undefined ? UTIME_OMIT : ((ns % nsPerSecond) + nsPerSecond) % nsPerSecond;
    buffer.writeBigInt64LE(ns === undefined ? 0n : (ns - fraction) / nsPerSecond, offset);
    buffer.writeBigInt64LE(fraction, offset + 8);
  }
  check(
    utimensatCall(AT_FDCWD, cPath(path), buffer, options.nofollow ? AT_SYMLINK_NOFOLLOW : 0),
    'utimensat',
    showPath(path),
  );
}

/** Writes everything of the file system that holds `path` to its disk (syncfs(2)); blocks until done. */
export function syncfs(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    check(syncfsCall(fd), 'syncfs', path);
  } finally {
    closeSync(fd);
  }
}

/**
 * The kernel hands out what it writes itself (/proc, cgroups) in pages at most, and a page ends early only where the next
 * line has no room in it: less than this was the end.
 */
const surelyAll = 2048;

/**
 * Reads a small file of the kernel's, of lines below 2 KB or one that it writes at a time, below an open directory, and
 * answers its length, in half of the time that a path from the root through Node takes. What `into` has no room for is
 * left out.
 */
export function readAt(directory: number, name: string, into: Buffer): number {
  const fd = check(openatCall(directory, name, O_CLOEXEC), 'openat', name);
  try {
    for (let length = 0; ; ) {
      const read = check(readCall(fd, length === 0 ? into : into.subarray(length), into.length - length), 'read', name);
      length += read;
      if (read < surelyAll || length === into.length) return length;
    }
  } finally {
    closeFd(fd);
  }
}
