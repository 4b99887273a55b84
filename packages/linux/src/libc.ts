import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { SyscallError } from './errno.js';

/**
 * The C library, by koffi. koffi loads at the first call and not at import: services
 * that never make a call through here pay nothing for it.
 */
let koffi: typeof Koffi | undefined;
let library: Koffi.LibraryHandle | undefined;

function loadKoffi(): typeof Koffi {
  if (!koffi) {
    // Node 20's require resolves no link where the last file that was looked at was a socket or a FIFO: fs.realpathSync
    // takes the mode that is left from that call for the one of a directory which it knows already.
    statSync('/');
    koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  }
  return koffi;
}

/** A C function by its prototype, bound at its first call; `A` says the parameters' types again, so that calls are checked. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function libcFunction<A extends unknown[], R = number>(prototype: string): (...args: A) => R {
  let bound: ((...args: A) => R) | undefined;
  return (...args) => {
    if (!bound) {
      library ??= loadKoffi().load('libc.so.6');
      bound = library.func(prototype) as unknown as (...args: A) => R;
    }
    return bound(...args);
  };
}

/** errno of the last call on this thread. */
export function lastErrno(): number {
  return loadKoffi().errno();
}

/** Where a buffer's bytes are, for a structure that points at them. The buffer must stay in use until the call is over. */
export function addressOf(buffer: Buffer): bigint {
  return loadKoffi().address(buffer);
}

/** Hands `result` on, or throws errno when it is negative. */
export function check(result: number, syscall: string, path?: string): number {
  if (result < 0) throw new SyscallError(lastErrno(), syscall, path);
  return result;
}

/** A path for a `const char *`: a Buffer (names that are not UTF-8) gets its NUL; an inner NUL is refused. */
export function cPath(path: string | Buffer): string | Buffer {
  if (typeof path === 'string' ? path.includes('\0') : path.includes(0)) {
    throw new SyscallError('EINVAL', 'path', String(path).replaceAll('\0', '\\0'), 'it contains a NUL byte');
  }
  return typeof path === 'string' ? path : Buffer.concat([path, Buffer.alloc(1)]);
}

/** A path as it is shown in an error. */
export function showPath(path: string | Buffer): string {
  return typeof path === 'string' ? path : path.toString('latin1');
}

// The numbers of system calls since 5.1 are the same on every architecture (asm-generic/unistd.h).
export const SYS = {
  pidfd_send_signal: 424,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  pidfd_open: 434,
  openat2: 437,
  mount_setattr: 442,
} as const;

// These two flags of open(2) have the same number on x86 and ARM; the others come from Node's fs.constants.
// AT_*, SOCK_*, MS_*, CLONE_*, F_*, ioctl and signal numbers of this package are those of asm-generic, which both have.
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_EMPTY_PATH = 0x1000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;

export const sys = {
  close: libcFunction<[number]>('int close(int fd)'),
  open: libcFunction<[string, number, number]>('int open(const char *path, int flags, int mode)'),
  ioctl: libcFunction<[number, number, Buffer | null]>('int ioctl(int fd, unsigned long request, void *argument)'),
};

/** Closes a descriptor; one that is closed already is let be. */
export function closeFd(fd: number): void {
  sys.close(fd);
}
