import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';
import { type Deadline, hasPassed } from '@slipway/time';

const pollMs = 1;

export interface ReopenLogRequest {
  bundle: string;
  logPath: string;
  /** conmon's pid, where it is known. */
  conmonPid?: number | undefined;
  /** Milliseconds since the epoch. */
  deadline: Deadline;
  signal?: AbortSignal | undefined;
}

/**
 * Makes conmon open its log file again after the old one was renamed, and returns when the new one
 * exists. Nothing that the container writes meanwhile is lost. Where nobody renamed the file conmon goes on with it: it
 * would put a new one in its place, and what the log held would be gone. Answers false when
 * no conmon listens (the container has ended). Throws DEADLINE when the file does not appear.
 */
export async function reopenLog(request: ReopenLogRequest): Promise<boolean> {
  if (await writes(request.conmonPid, request.logPath)) return true;
  const before = await inode(request.logPath);
  if (!(await control(request.bundle, '2 0 0\n'))) return false;
  // conmon opens <path>.tmp and renames it: a new inode is the sign in every case.
  for (;;) {
    const now = await inode(request.logPath);
    if (now !== undefined && now !== before) return true;
    if (hasPassed(request.deadline)) {
      throw new SlipwayError('DEADLINE', `conmon did not open ${request.logPath} again in time`);
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

/** Whether a process has this very file open. */
async function writes(pid: number | undefined, path: string): Promise<boolean> {
  const file = await stat(path, { bigint: true }).catch(() => undefined);
  if (pid === undefined || !file) return false;
  for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const open = await stat(`/proc/${pid}/fd/${fd}`, { bigint: true }).catch(() => undefined);
    if (open?.ino === file.ino && open.dev === file.dev) return true;
  }
  return false;
}

async function inode(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).ino;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
