import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Less than this is no room. Below `root` a record takes some kilobytes, a bundle as much; a state directory is in memory
 * and needs little.
 */
export const leastBytes = { root: 8 << 20, state: 128 << 10 };
const LEAST_INODES = 64;

export interface DiskProblem {
  /** As a condition of Status names it. */
  reason: 'DiskFull' | 'DiskReadOnly' | 'DiskUnreadable';
  /** For people. */
  message: string;
}

/** The reason why a directory's file system takes no new pods and images, `least` bytes of it; undefined without one. */
export async function findDiskProblem(directory: string, least: number): Promise<DiskProblem | undefined> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(directory);
    const free = `the file system of ${directory} has ${Math.floor((bavail * bsize) / 1024)} KiB free`;
    const hint =
      'pods can still be stopped and removed, and images too: free space, or let the kubelet collect garbage';
    if (bavail * bsize < least) return { reason: 'DiskFull', message: `${free}; ${hint}` };
    if (files > 0 && ffree < LEAST_INODES) {
      return { reason: 'DiskFull', message: `${free} and ${ffree} inodes; ${hint}` };
    }
    await findWritable(directory);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EROFS') {
      const hint = 'pods can still be stopped; see the kernel log for why, mend it, and mount it again';
      return { reason: 'DiskReadOnly', message: `the file system of ${directory} is read-only; ${hint}` };
    }
    return { reason: 'DiskUnreadable', message };
  }
}

/** Throws EROFS where nothing can be written. Of a directory the gateway, which is not root, may write the records only. */
async function findWritable(directory: string): Promise<void> {
  try {
    await access(join(directory, 'records/sandboxes'), constants.W_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await access(directory, constants.W_OK);
  }
}
