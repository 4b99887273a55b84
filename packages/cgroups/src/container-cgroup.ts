import { readFileSync } from 'node:fs';
import { hasCode } from '@slipway/linux';
import { relativeCgroup } from './cgroup-path.js';
import type { Cgroups } from './hierarchies.js';

/** Where a container is on cgroup v2: directories below the mount point, starting with `/`. */
export interface ContainerCgroup {
  /** That of its `cgroupsPath`: it holds all of the container, and is what its removal removes. */
  whole: string;
  /**
   * That in which the runtime has put its init, where its other processes have to be as well. crun with the systemd
   * driver keeps a container in `<scope>/container` (crun(1), annotation run.oci.systemd.subgroup); others in the
   * scope itself.
   */
  own: string;
}

/**
 * The cgroup of a container by what the kernel says of its init, which has to be asked before the container's start: a
 * privileged one can move itself afterwards. Undefined on v1 and hybrid hosts, whose runtimes do as `cgroupsPath` says,
 * and where the process is gone or outside of what this process sees of the hierarchy.
 */
export function containerCgroup(cgroups: Cgroups, cgroupsPath: string, pid: number): ContainerCgroup | undefined {
  if (cgroups.mode !== 'v2' || cgroupsPath === '') return undefined;
  const own = unifiedCgroup(pid);
  return own === undefined ? undefined : locateContainer(relativeCgroup(cgroupsPath), own);
}

/**
 * @param named where `cgroupsPath` says that the container is
 * @param own the cgroup of its init. A systemd that is itself in a cgroup below the root makes its units below that one.
 * @returns undefined where the one does not lie in the other: the runtime left the process in its caller's cgroup
 */
export function locateContainer(named: string, own: string): ContainerCgroup | undefined {
  const at = `${own}/`.indexOf(`${named}/`);
  return at === -1 ? undefined : { whole: own.slice(0, at + named.length), own };
}

/** The cgroup of a process on the unified hierarchy; undefined where there is none, or it is not below this process's view. */
export function unifiedCgroup(pid: number | 'self'): string | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
  const path = /^0::(\/.*)$/m.exec(text)?.[1];
  // `/..` is above the root of our cgroup namespace; a removed cgroup is shown as `<path> (deleted)` (cgroups(7)).
  if (path === undefined || path === '/' || path.startsWith('/..') || path.endsWith(' (deleted)')) return undefined;
  return path;
}
