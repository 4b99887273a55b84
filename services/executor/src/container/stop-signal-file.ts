import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { hasCode, tryLockFile } from '@slipway/linux';
import { hasPassed } from '@slipway/time';
import type { Limits } from '../runtime/runtime.js';

/** Milliseconds between two attempts to lock the file. Its holder only sends a signal meanwhile. */
const LOCK_PAUSE_MS = 10;

/**
 * Sends a container's stop signal once, even when several executors of its handler are asked at the same time: programs
 * take a second SIGTERM for "end now, without cleaning up".
 *
 * `file` is locked with flock(2) while the signal is sent, and holds the time of sending afterwards. The kernel releases
 * the lock of an executor that is killed, and a file without a time makes the next call send the signal again. The file
 * needs neither Redis nor free space: where it cannot be opened or written, the signal is sent all the same.
 *
 * @param send sends the signal and answers the time in milliseconds of the monotonic clock
 * @returns when the signal was sent, in milliseconds of the monotonic clock, by this call or by an earlier one
 * @throws DEADLINE when another executor holds the lock until the call's deadline
 */
export async function sendOnce(file: string, send: () => Promise<number>, limits: Limits): Promise<number> {
  const handle = await openOrUndefined(file);
  if (!handle) return send();
  try {
    while (!tryLockFile(handle.fd)) {
      if (hasPassed(limits.deadline)) {
        throw new SlipwayError('DEADLINE', 'another executor has been sending the stop signal for too long', {
          object: file,
        });
      }
      await sleep(LOCK_PAUSE_MS, undefined, { signal: limits.signal });
    }
    const earlier = Number(await handle.readFile('utf8'));
    if (earlier > 0) return earlier;
    const at = await send();
    // Without the time a later call of another executor repeats the signal, which is better than no signal.
    await handle.write(String(at), 0).catch(() => undefined);
    return at;
  } finally {
    await handle.close();
  }
}

/** The file, created where it is missing; undefined where that is not possible. */
async function openOrUndefined(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'a+', 0o600);
  } catch (error) {
    // The container's directory is being removed, or the file system is full or read-only.
    if (hasCode(error, 'ENOENT', 'ENOSPC', 'EDQUOT', 'EROFS')) return undefined;
    throw error;
  }
}
