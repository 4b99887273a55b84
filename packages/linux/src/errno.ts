import { constants } from 'node:os';

/** Messages of strerror(3) for the errnos that a caller of this package meets. */
const texts: Record<string, string> = {
  E2BIG: 'argument list too long',
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  EAGAIN: 'resource temporarily unavailable',
  EBADF: 'bad file descriptor',
  EBUSY: 'device or resource busy',
  ECHILD: 'no child processes',
  ECONNREFUSED: 'connection refused',
  EEXIST: 'file exists',
  EFBIG: 'file too large',
  EINTR: 'interrupted system call',
  EINVAL: 'invalid argument',
  EIO: 'input/output error',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
  ENODATA: 'no data available',
  ENODEV: 'no such device',
  ENOENT: 'no such file or directory',
  ENOMEM: 'cannot allocate memory',
  ENOSPC: 'no space left on device',
  ENOSYS: 'function not implemented',
  ENOTCONN: 'not connected',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  ENOTSUP: 'operation not supported',
  ENOTTY: 'inappropriate ioctl for device',
  EOPNOTSUPP: 'operation not supported',
  EPERM: 'operation not permitted',
  ERANGE: 'result too large',
  EROFS: 'read-only file system',
  ESRCH: 'no such process',
  ETIMEDOUT: 'timed out',
  EXDEV: 'invalid cross-device link',
};

/** The number of an errno name, such as 2 for `ENOENT`. */
export function errnoNumber(code: string): number {
  return (constants.errno as Record<string, number>)[code] ?? 0;
}

/** The name of an errno number, such as `ENOENT` for 2. */
export function errnoName(errno: number): string {
  return Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `E${errno}`;
}

/** A system call that failed. It has the fields of Node's own system errors, so `error.code === 'ENOENT'` works alike. */
export class SyscallError extends Error {
  readonly errno: number;
  /** The errno's name: `EPERM`, `ENOENT`. */
  readonly code: string;
  readonly syscall: string;
  readonly path: string | undefined;
  /** The kernel's own message besides the errno, where it has one (file system contexts). */
  readonly detail: string | undefined;

  constructor(errno: number | string, syscall: string, path?: string, detail?: string) {
    const code = typeof errno === 'string' ? errno : errnoName(errno);
    const text = texts[code];
    super(
      `${syscall}${path === undefined ? '' : ` ${path}`}: ${code}${text ? ` (${text})` : ''}${detail ? `: ${detail}` : ''}`,
    );
    this.name = 'SyscallError';
    this.errno = typeof errno === 'string' ? errnoNumber(errno) : errno;
    this.code = code;
    this.syscall = syscall;
    this.path = path;
    this.detail = detail;
  }
}

/** Names of one number on Linux (errno(3)): Node, libuv and this package each give another one of them. */
const sameNumber: Record<string, string> = { EOPNOTSUPP: 'ENOTSUP', EWOULDBLOCK: 'EAGAIN' };
const oneName = (code: string): string => sameNumber[code] ?? code;

/** Whether `error` carries one of these errno names; works for Node's system errors too. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && codes.some((wanted) => oneName(wanted) === oneName(code));
}
