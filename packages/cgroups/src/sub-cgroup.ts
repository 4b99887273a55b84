import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { hasCode } from '@slipway/linux';
import { unifiedCgroup } from './container-cgroup.js';
import { inheritCpuset, moveProcesses } from './directories.js';
import type { Cgroups } from './hierarchies.js';
import { killDirectory, type KillOptions } from './processes.js';

/** Attempts to empty a sub-cgroup whose processes fork meanwhile. */
const dissolveAttempts = 5;

/** A cgroup below a container's, for some of its processes. */
export interface SubCgroup {
  /** Ends every process of it, also those in sessions of their own. Answers false when some are left at the deadline. */
  kill(options?: KillOptions): Promise<boolean>;
  /**
   * Hands the processes that are left to the container's cgroup and removes this one. Where a container has handed
   * controllers down, its cgroup takes no processes (cgroup-v2.rst, "No Internal Process Constraint"): then they go
   * where the container's init is, whose pid is `init`.
   */
  dissolve(init?: number): void;
}

/**
 * Makes a cgroup `name` below an existing one: in the hierarchies of the named v1 controllers, or in all in which the
 * parent is there. Undefined when it is in none. It takes no controllers of its own: the parent's limits hold.
 */
export function makeSubCgroup(
  cgroups: Cgroups,
  cgroupsPath: string,
  name: string,
  controllers?: readonly string[],
): SubCgroup | undefined {
  const named = controllers?.map((controller) => cgroups.directory(controller, cgroupsPath));
  const parents = [...new Set(named ?? cgroups.directories(cgroupsPath))].filter(
    (directory): directory is string => directory !== undefined && existsSync(directory),
  );
  const cpuset = cgroups.mode === 'v2' ? undefined : cgroups.directory('cpuset', cgroupsPath);
  for (const parent of parents) {
    mkdirSync(`${parent}/${name}`);
    if (parent === cpuset) inheritCpuset(`${parent}/${name}`);
    if (cgroups.mode === 'v2') takeProcesses(`${parent}/${name}`);
  }
  // Killing by the first is enough: every process is in all of them.
  const first = parents.find((parent) => parent !== cpuset) ?? parents[0];
  if (first === undefined) return undefined;
  return {
    kill: (options) => killDirectory(`${first}/${name}`, options),
    dissolve: (init) => {
      for (const parent of parents) dissolve(cgroups, parent, `${parent}/${name}`, init);
    },
  };
}

/** Below a cgroup with threaded ones a new one is no domain and takes processes only once it is threaded, too (cgroup-v2.rst, "Threads"). */
function takeProcesses(directory: string): void {
  const type = `${directory}/cgroup.type`;
  if (existsSync(type) && readFileSync(type, 'utf8').trim() === 'domain invalid') writeFileSync(type, 'threaded');
}

function dissolve(cgroups: Cgroups, parent: string, directory: string, init: number | undefined): void {
  let to = parent;
  for (let attempt = 1; ; attempt++) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      if (!hasCode(error, 'EBUSY') || attempt === dissolveAttempts) throw error;
    }
    try {
      moveProcesses(directory, to);
    } catch (error) {
      const other = hasCode(error, 'EBUSY') ? initCgroup(cgroups, parent, init) : undefined;
      if (other === undefined || other === to) throw error;
      to = other;
    }
  }
}

/** The directory of the cgroup in which a container's init is; undefined where that is not below the container's. */
function initCgroup(cgroups: Cgroups, parent: string, init: number | undefined): string | undefined {
  const own = cgroups.mode === 'v2' && init ? unifiedCgroup(init) : undefined;
  const directory = own && `${cgroups.mountpoints[0]}${own}`;
  return directory?.startsWith(`${parent}/`) ? directory : undefined;
}
