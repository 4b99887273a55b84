import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, signal as sendSignal } from '@slipway/linux';
import type { Cgroups } from './hierarchies.js';

/** Hierarchies that every OCI runtime puts a container's processes into, the likeliest first. */
const holders = ['pids', 'memory', 'devices', 'freezer', 'cpu', 'systemd'];
const retryMs = 5;

/**
 * The processes of a cgroup and of those below it, as host pids; none when there is no such cgroup. Zombies are left out
 * by the kernel. Threaded cgroups also have ids of threads.
 */
export function pidsInCgroup(cgroups: Cgroups, cgroupsPath: string): number[] {
  const directory = processDirectory(cgroups, cgroupsPath);
  return directory === undefined ? [] : [...new Set(pidsBelow(directory))];
}

export interface KillOptions {
  /** Milliseconds until it gives up; default 30 000. */
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Sends SIGKILL to every process of a cgroup and of those below it until none is left, also
 * those that are forked meanwhile. Answers false when some were still there at the deadline
 * (frozen, or in uninterruptible sleep).
 */
export async function killCgroup(cgroups: Cgroups, cgroupsPath: string, options: KillOptions = {}): Promise<boolean> {
  const directory = processDirectory(cgroups, cgroupsPath);
  return directory === undefined || (await killDirectory(directory, options));
}

/** The same for a directory of one hierarchy. */
export async function killDirectory(directory: string, options: KillOptions = {}): Promise<boolean> {
  const end = performance.now() + (options.deadlineMs ?? 30_000);
  for (;;) {
    const pids = pidsBelow(directory);
    if (pids.length === 0) return true;
    if (!killAtOnce(directory)) for (const pid of pids) sendSignal(pid, 'SIGKILL');
    if (performance.now() >= end) return false;
    await sleep(retryMs, undefined, { signal: options.signal });
  }
}

/** cgroup.kill (cgroup v2, since Linux 5.14) leaves no room for a fork between reading and killing. */
function killAtOnce(directory: string): boolean {
  if (!existsSync(`${directory}/cgroup.kill`)) return false;
  try {
    writeFileSync(`${directory}/cgroup.kill`, '1');
    return true;
  } catch {
    return false;
  }
}

function processDirectory(cgroups: Cgroups, cgroupsPath: string): string | undefined {
  const named = holders.map((name) => cgroups.directory(name, cgroupsPath));
  return [...named, ...cgroups.directories(cgroupsPath)].find((path) => path !== undefined && existsSync(path));
}

/**
 * The processes in one cgroup without its descendants, 0 for each that this process's pid namespace does not see. A threaded cgroup has no
 * list of processes (cgroup-v2.rst, "Threads"): there it is the ids of threads, each of which names its process to
 * kill(2) and to cgroup.procs. Throws ENOENT or ENODEV for a cgroup that is gone.
 */
export function directPids(directory: string): number[] {
  let text: string;
  try {
    text = readFileSync(`${directory}/cgroup.procs`, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'EOPNOTSUPP')) throw error;
    text = readFileSync(`${directory}/cgroup.threads`, 'utf8');
  }
  return text.split('\n').filter(Boolean).map(Number);
}

function pidsBelow(directory: string): number[] {
  try {
    const own = directPids(directory);
    const children = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    // pid 0 is a process that our pid namespace does not see.
    return [...own.filter((pid) => pid > 0), ...children.flatMap((child) => pidsBelow(`${directory}/${child.name}`))];
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return [];
    throw error;
  }
}
