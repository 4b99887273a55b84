import { readFileSync, writeFileSync } from 'node:fs';
import { hasCode } from '@slipway/linux';
import type { Cgroups } from './hierarchies.js';

/**
 * Lets the processes of a paused cgroup run on: on v1 a SIGKILL reaches them only then (freezer-subsystem.rst).
 * A cgroup that is not paused, or does not exist, is left as it is.
 */
export function thawCgroup(cgroups: Cgroups, cgroupsPath: string): void {
  const directory = cgroups.directory('freezer', cgroupsPath);
  if (directory === undefined) return;
  const v2 = cgroups.mode === 'v2';
  const path = `${directory}/${v2 ? 'cgroup.freeze' : 'freezer.state'}`;
  try {
    // FREEZING or FROZEN on v1.
    if (/^(1|FR)/.test(readFileSync(path, 'utf8'))) writeFileSync(path, v2 ? '0' : 'THAWED');
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENODEV')) throw error;
  }
}
