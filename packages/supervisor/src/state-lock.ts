import {
  closeSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { tryLockFile } from '@slipway/linux';
import { isNoRoom } from './no-room.js';

interface Holder {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: a reused pid has another one. */
  startTicks: string;
}

/**
 * Makes this process the only supervisor of a state directory. It holds a lock on the directory itself (flock(2)), which
 * needs no room and ends with the process; <state>/up.lock holds its pid and start time for others, and for supervisors of
 * versions that only know this file. A file whose holder is gone is taken over; on a full or read-only file system there
 * is none.
 * @returns the function that gives the lock back
 * @throws INVALID_CONFIG naming the process that holds it
 */
export function lockState(state: string): () => void {
  const directory = openSync(state, 'r');
  try {
    if (!tryLockFile(directory)) throw running(supervisorOf(state), state);
    const removeFile = writeLock(state);
    return () => {
      removeFile();
      closeSync(directory);
    };
  } catch (error) {
    closeSync(directory);
    throw error;
  }
}

/** Writes the file. Answers what removes it. */
function writeLock(state: string): () => void {
  const lock = join(state, 'up.lock');
  const mine = `${lock}.${process.pid}`;
  const me: Holder = { pid: process.pid, startTicks: startTicks(process.pid) ?? '' };
  try {
    writeFileSync(mine, JSON.stringify(me), { mode: 0o600 });
    for (;;) {
      try {
        // link(2) makes the name and the content visible in one step, and fails when the name exists.
        linkSync(mine, lock);
        return () => rmSync(lock, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        takeStale(lock, state);
      }
    }
  } catch (error) {
    if (!isNoRoom(error)) throw error;
    const holder = readHolder(lock);
    if (holder && isOther(holder)) throw running(holder.pid, state);
    return () => undefined;
  } finally {
    try {
      rmSync(mine, { force: true });
    } catch {
      // A read-only file system holds none.
    }
  }
}

function running(pid: number | undefined, state: string): SlipwayError {
  return new SlipwayError('INVALID_CONFIG', `slipway up runs already as pid ${pid ?? 'unknown'}`, {
    object: state,
    hint: 'stop it first, or give this one a state directory of its own',
  });
}

/** The live supervisor of a state directory, if there is one. */
export function supervisorOf(state: string): number | undefined {
  const holder = readHolder(join(state, 'up.lock'));
  return holder && isAlive(holder) ? holder.pid : lockHolder(state);
}

/**
 * The holder of the lock on the directory, where it had no room for the file; see proc(5), /proc/locks. An inode's number is
 * not enough: the root of every tmpfs is inode 1. The device there is not always that of stat(2) (btrfs, overlay), so the
 * holder's own descriptors are looked at.
 */
function lockHolder(state: string): number | undefined {
  try {
    const { dev, ino } = statSync(state, { bigint: true });
    const lines = readFileSync('/proc/locks', 'utf8').split('\n');
    const locks = lines.filter((line) => / FLOCK .* WRITE /.test(line) && line.includes(`:${ino} `));
    const pids = locks.map((line) => Number(line.trim().split(/\s+/)[4]));
    return pids.find((pid) => pid > 0 && hasOpen(pid, dev, ino));
  } catch {
    return undefined;
  }
}

function hasOpen(pid: number, dev: bigint, ino: bigint): boolean {
  const directory = `/proc/${pid}/fd`;
  return namesIn(directory).some((name) => {
    const stat = statSync(join(directory, name), { bigint: true, throwIfNoEntry: false });
    return stat?.dev === dev && stat.ino === ino;
  });
}

/** Names in a directory; an empty list where the process has ended. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function takeStale(lock: string, state: string): void {
  const holder = readHolder(lock);
  if (holder && isOther(holder)) throw running(holder.pid, state);
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Between our look and our step another one may have taken it over: give it back.
  const taken = readHolder(aside);
  if (taken && isOther(taken)) linkSync(aside, lock);
  rmSync(aside, { force: true });
}

/** Whether another process that lives holds the lock. This one may have held it as another supervisor: see hand-over.ts. */
function isOther(holder: Holder): boolean {
  return holder.pid !== process.pid && isAlive(holder);
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  return startTicks(holder.pid) === holder.startTicks;
}

/** See proc(5): the command in parentheses may hold anything, so count from the last one. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Zombies are gone for us.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
