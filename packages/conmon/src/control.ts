import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';
import { type Deadline, hasPassed } from '@slipway/time';

const pollMs = 1;

export interface ReopenLogRequest {
  bundle: string;
  logPath: string;
  /** Milliseconds since the epoch. */
  deadline: Deadline;
  signal?: AbortSignal | undefined;
}

/**
 * Makes conmon open its log file anew, after the old one was renamed, and answers when the new one
 * stands. Nothing that the container writes meanwhile is lost. Answers false when
 * no conmon listens (the container has ended). Throws DEADLINE when the file does not appear.
 */
export async function reopenLog(request: ReopenLogRequest): Promise<boolean> {
  const before = await inode(request.logPath);
  if (!(await control(request.bundle, '2 0 0\n'))) return false;
  // conmon opens <path>.tmp and renames it: a new inode is the sign in every case.
  for (;;) {
    const now = await inode(request.logPath);
    if (now !== undefined && now !== before) return true;
    if (hasPassed(request.deadline)) {
      throw new SlipwayError('DEADLINE', `conmon did not open ${request.logPath} anew in time`);
    }
    await sleep(pollMs, undefined, { signal: request.signal });
  }
}

/** Sets the size, in characters, of a container's terminal. Answers false when no conmon listens. */
export async function resizeTerminal(bundle: string, size: { width: number; height: number }): Promise<boolean> {
  return await control(bundle, `1 ${size.height} ${size.width}\n`);
}

/** Writes one line into conmon's control FIFO, without waiting for a reader that is not there (ENXIO, fifo(7)). */
async function control(bundle: string, line: string): Promise<boolean> {
  try {
    const fifo = await open(join(bundle, 'ctl'), constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      await fifo.write(line);
    } finally {
      await fifo.close();
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'ENXIO', 'ENOENT', 'EPIPE')) return false;
    throw error;
  }
}

async function inode(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).ino;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
