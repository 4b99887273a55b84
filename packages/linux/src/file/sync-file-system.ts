import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { SyscallError } from '../errno.js';

type AsyncCall = (fd: number, done: (error: Error | null, result: number) => void) => void;
let syncfs: { readonly async: AsyncCall } | undefined;

/**
 * Writes the whole file system of an open file to its disk (syncfs(2)). The call can take
 * seconds and cannot be interrupted; it waits on a thread of its own, not on the event loop.
 */
export function syncFileSystem(fd: number): Promise<void> {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  syncfs ??= koffi.load('libc.so.6').func('int syncfs(int fd)') as unknown as { readonly async: AsyncCall };
  const call = syncfs;
  return new Promise((resolve, reject) => {
    call.async(fd, (error, result) => {
      if (error) reject(error);
      else if (result < 0) reject(new SyscallError('EIO', 'syncfs'));
      else resolve();
    });
  });
}
