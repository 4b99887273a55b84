import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { hasCode } from '@slipway/linux';
import { inheritCpuset, moveProcesses } from './directories.js';
import type { Cgroups } from './hierarchies.js';
import { killDirectory, type KillOptions } from './processes.js';

/** Attempts to empty a sub-cgroup whose processes fork meanwhile. */
const dissolveAttempts = 5;

/** A cgroup below a container's, for some of its processes. */
export interface SubCgroup {
  /** Ends every process of it, also those in sessions of their own. Answers false when some are left at the deadline. */
  kill(options?: KillOptions): Promise<boolean>;
  /** Hands the processes that are left to the container's cgroup and removes this one. */
  dissolve(): void;
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
  }
  // Killing by the first is enough: every process is in all of them.
  const first = parents.find((parent) => parent !== cpuset) ?? parents[0];
  if (first === undefined) return undefined;
  return {
    kill: (options) => killDirectory(`${first}/${name}`, options),
    dissolve: () => {
      for (const parent of parents) dissolve(parent, `${parent}/${name}`);
    },
  };
}

function dissolve(parent: string, directory: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      if (!hasCode(error, 'EBUSY') || attempt === dissolveAttempts) throw error;
    }
    moveProcesses(directory, parent);
  }
}
