import { readdirSync, readFileSync, statSync } from 'node:fs';
import { hasCode } from '@slipway/linux';
import type { CgroupFiles } from './files.js';

/**
 * Processes in a cgroup and in those below it, as host pids: 0 for one that this process's pid namespace does not see;
 * undefined when there is no such directory.
 */
export function listProcesses(files: CgroupFiles): number[] | undefined {
  const text = files.text('cgroup.procs');
  return text === undefined ? undefined : [...pids(text), ...processesBelow(files.directory)];
}

function processesBelow(directory: string): number[] {
  return childrenOf(directory).flatMap((child) => {
    const path = `${directory}/${child}`;
    const text = orGone(() => readFileSync(`${path}/cgroup.procs`, 'latin1'));
    return text === undefined ? [] : [...pids(text), ...processesBelow(path)];
  });
}

function pids(text: string): number[] {
  return text.split('\n').filter(Boolean).map(Number);
}

function childrenOf(directory: string): string[] {
  const found = orGone(() => {
    // A directory has a link for each one in it, and two of its own: most cgroups need no listing.
    if (statSync(directory).nlink === 2) return [];
    return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  });
  return (found ?? []).map(({ name }) => name);
}

/** Cgroups go while they are looked at, and one of threads has no list of processes (cgroup-v2.rst, "Threads"). */
function orGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP')) return undefined;
    throw error;
  }
}
