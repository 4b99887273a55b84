import { readFileSync } from 'node:fs';
import type { Cgroups } from './hierarchies.js';

/** Where a process is in one hierarchy. */
export interface PlaceInHierarchy {
  mountpoint: string;
  /** Below the mount point, starting with `/`; `/` itself is the mount's root. */
  path: string;
}

type Mounted = Pick<Cgroups, 'mode' | 'mountpoints' | 'controller'>;

/**
 * Where this process is in each hierarchy that is mounted, by the lines of proc's `cgroup` file: `id:controllers:path`
 * (cgroups(7)). Places above the root of our cgroup namespace are left out: they are not to be seen here.
 */
export function ownCgroups(cgroups: Mounted, text = readFileSync('/proc/self/cgroup', 'utf8')): PlaceInHierarchy[] {
  return text.split('\n').flatMap((line) => {
    const [, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    if (path === '' || path.startsWith('/..')) return [];
    const name = controllers.split(',')[0]?.replace(/^name=/, '') ?? '';
    const unified = name === '' && cgroups.mode === 'hybrid';
    const mountpoint = unified ? cgroups.mountpoints.at(-1) : cgroups.controller(name);
    return mountpoint === undefined ? [] : [{ mountpoint, path }];
  });
}
