import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';
import { relativeCgroup } from './cgroup-path.js';
import type { Cgroups } from './hierarchies.js';
import { directPids } from './processes.js';

const removeRetryMs = 10;

/**
 * Makes a cgroup and its ancestors in every hierarchy, so that containers can be put below it. What
 * exists already is left as it is. A v1 cpuset takes its parent's processors and memory nodes,
 * without which no process may enter; on v2 the ancestors hand their controllers down.
 */
export function ensureCgroup(cgroups: Cgroups, cgroupsPath: string): void {
  const names = relativeCgroup(cgroupsPath).split('/').filter(Boolean);
  const cpuset = cgroups.mode === 'v2' ? undefined : cgroups.controller('cpuset');
  for (const mountpoint of cgroups.mountpoints) {
    let directory = mountpoint;
    for (const name of names) {
      if (cgroups.mode === 'v2') delegateControllers(directory);
      directory += `/${name}`;
      // Asking costs a third of failing, and all but the last are usually there.
      if (!existsSync(directory)) makeDirectory(directory);
      if (mountpoint === cpuset) inheritCpuset(directory);
    }
  }
}

/** Another executor may make it at the same moment. */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/** A v1 cpuset without processors and memory nodes takes no process: an empty one gets its parent's. */
export function inheritCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (readFileSync(`${directory}/${file}`, 'utf8').trim() !== '') continue;
    writeFileSync(`${directory}/${file}`, readFileSync(`${dirname(directory)}/${file}`));
  }
}

function delegateControllers(directory: string): void {
  const available = readFileSync(`${directory}/cgroup.controllers`, 'utf8').trim().split(' ').filter(Boolean);
  for (const controller of available) {
    try {
      writeFileSync(`${directory}/cgroup.subtree_control`, `+${controller}`);
    } catch {
      // A controller that cannot be enabled (a cgroup with processes, cpu with realtime tasks) must not cost the others.
    }
  }
}

/** Moves the processes of `from` into `to`; both are directories of one hierarchy. Those that end meanwhile are no error. */
export function moveProcesses(from: string, to: string): void {
  let pids: number[];
  try {
    pids = directPids(from);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return;
    throw error;
  }
  for (const pid of pids) {
    try {
      writeFileSync(`${to}/cgroup.procs`, String(pid));
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error;
    }
  }
}

/**
 * Removes a cgroup and those below it from every hierarchy. The kernel releases a cgroup a moment after
 * its last process ended: it is tried until `deadlineMs` (default 20 000) has passed.
 * Throws INTERNAL, naming the directory, when it is still in use then. A missing cgroup is success.
 */
export async function removeCgroup(
  cgroups: Cgroups,
  cgroupsPath: string,
  options: { deadlineMs?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const end = performance.now() + (options.deadlineMs ?? 20_000);
  for (const directory of new Set(cgroups.directories(cgroupsPath))) {
    for (;;) {
      try {
        removeTree(directory);
        break;
      } catch (error) {
        if (!hasCode(error, 'EBUSY')) throw error;
        if (performance.now() >= end) {
          throw new SlipwayError('INTERNAL', `the cgroup ${directory} still holds processes`, { cause: error });
        }
      }
      await sleep(removeRetryMs, undefined, { signal: options.signal });
    }
  }
}

function removeTree(directory: string): void {
  try {
    rmdirSync(directory);
    return;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    // EBUSY: it has children, or processes.
    if (!hasCode(error, 'EBUSY', 'ENOTEMPTY')) throw error;
  }
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(`${directory}/${entry.name}`);
  }
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
