import { Socket, type SocketConstructorOpts } from 'node:net';
import { hasCode } from '../errno.js';
import { check, closeFd, libcFunction, SYS } from '../libc.js';
import { openPipeHandle } from '../socket/pipe-handle.js';
import { isAlive, parseStat } from './process-info.js';

const pidfdOpenCall = libcFunction<[number, number, number]>('long syscall(long n, long pid, unsigned long flags)');
const fallbackPollMs = 100;

/** A descriptor of a process that stays with it when its pid is used again: pidfd_open(2). ESRCH when there is none. */
export function pidfdOpen(pid: number): number {
  return check(pidfdOpenCall(SYS.pidfd_open, pid, 0), 'pidfd_open', String(pid));
}

export interface WatchOptions {
  signal?: AbortSignal | undefined;
  /** From an earlier `parseStat`: a process of this pid that started at another time counts as gone. */
  startTicks?: bigint | undefined;
  /** Do not keep the event loop alive for this; default false. */
  unref?: boolean | undefined;
}

/**
 * Resolves when a process, a child of ours or not, has ended (a zombie has), immediately when
 * there is none. Costs one descriptor and neither a thread nor a timer: the event loop's
 * own epoll watches the pidfd. Rejects with the signal's reason when that is aborted.
 * It does not reap: for children see `waitChild`.
 */
export async function watchExit(pid: number, options: WatchOptions = {}): Promise<void> {
  options.signal?.throwIfAborted();
  let fd: number;
  try {
    fd = pidfdOpen(pid);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return;
    if (!hasCode(error, 'ENOSYS', 'EPERM', 'EINVAL')) throw error;
    return await pollExit(pid, options);
  }
  // The pidfd holds the process now: a start time read after it cannot be that of a later one.
  if (options.startTicks !== undefined && parseStat(pid)?.startTicks !== options.startTicks) return closeFd(fd);
  await waitPidfd(fd, options);
}

/** Resolves when the process of a pidfd has ended, and closes the pidfd in every case. */
export async function waitPidfd(pidfd: number, options: Pick<WatchOptions, 'signal' | 'unref'> = {}): Promise<void> {
  const { signal } = options;
  // A pidfd becomes readable when its process ends, and reading it is an error (EINVAL) then:
  // the socket's failure is the news.
  const handle = openPipeHandle(pidfd);
  const socket = new Socket({ handle, readable: true, writable: false } as SocketConstructorOpts);
  if (options.unref) socket.unref();
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      socket.destroy();
    };
    socket.on('error', () => undefined);
    socket.once('close', () => {
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve();
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    socket.resume();
  });
}

/** Where there is no pidfd (Linux before 5.3, a seccomp filter): asks ten times a second. */
async function pollExit(
  pid: number,
  { signal, startTicks = parseStat(pid)?.startTicks, unref }: WatchOptions,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (settle: () => void): void => {
      clearInterval(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => stop(() => reject(signal?.reason as Error));
    const timer = setInterval(() => {
      if (!isAlive(pid, startTicks)) stop(resolve);
    }, fallbackPollMs);
    if (unref) timer.unref();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
