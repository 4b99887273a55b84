import { SyscallError } from './errno.js';

/** An error on its way between two threads. */
export interface ThreadError {
  message: string;
  errno?: number;
  code?: string;
  syscall?: string;
  path?: string;
  detail?: string;
}

export function describeError(error: unknown): ThreadError {
  const { message, errno, code, syscall, path } = error as NodeJS.ErrnoException;
  const detail = error instanceof SyscallError ? error.detail : undefined;
  return {
    message: message ?? String(error),
    ...(errno !== undefined && { errno: Math.abs(errno) }),
    ...(code !== undefined && { code }),
    ...(syscall !== undefined && { syscall }),
    ...(path !== undefined && { path }),
    ...(detail !== undefined && { detail }),
  };
}

/** The error as the type that it had on the other thread. */
export function reviveError(error: ThreadError): Error {
  if (error.syscall === undefined) return Object.assign(new Error(error.message), error.code && { code: error.code });
  return new SyscallError(error.code ?? error.errno ?? 'EIO', error.syscall, error.path, error.detail);
}
