import { check, libcFunction, O_CLOEXEC } from '../libc.js';

const F_SETPIPE_SZ = 1031;
const pipe2 = libcFunction<[Buffer, number]>('int pipe2(void *fds, int flags)');
const fcntl = libcFunction<[number, number, number]>('int fcntl(int fd, int command, int argument)');

/** A pipe that is closed on exec; its buffer is grown to `size` bytes where the user's limit allows. */
export function openPipe(size: number): { readonly read: number; readonly write: number } {
  const fds = Buffer.alloc(8);
  check(pipe2(fds, O_CLOEXEC), 'pipe2');
  const [read, write] = [fds.readInt32LE(0), fds.readInt32LE(4)];
  // EPERM past the user's share of pipe buffers (pipe(7)): slower, not wrong.
  fcntl(write, F_SETPIPE_SZ, size);
  return { read, write };
}
