import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';

interface Holder {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: a reused pid has another one. */
  startTicks: string;
}

/**
 * Makes this process the only supervisor of a state directory: <state>/up.lock holds
 * its pid and start time. A lock whose holder is gone is taken over.
 * @returns the function that lets go
 * @throws INVALID_CONFIG naming the process that holds it
 */
export function lockState(state: string): () => void {
  const lock = join(state, 'up.lock');
  const mine = `${lock}.${process.pid}`;
  const me: Holder = { pid: process.pid, startTicks: startTicks(process.pid) ?? '' };
  writeFileSync(mine, JSON.stringify(me), { mode: 0o600 });
  try {
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
  } finally {
    rmSync(mine, { force: true });
  }
}

/** The live supervisor of a state directory, if there is one. */
export function supervisorOf(state: string): number | undefined {
  const holder = readHolder(join(state, 'up.lock'));
  return holder && isAlive(holder) ? holder.pid : undefined;
}

function takeStale(lock: string, state: string): void {
  const holder = readHolder(lock);
  if (holder && isAlive(holder)) {
    throw new SlipwayError('INVALID_CONFIG', `slipway up runs already as pid ${holder.pid}`, {
      object: state,
      hint: 'stop it first, or give this one a state directory of its own',
    });
  }
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Between our look and our step another one may have taken it over: give it back.
  const taken = readHolder(aside);
  if (taken && isAlive(taken)) linkSync(aside, lock);
  rmSync(aside, { force: true });
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
