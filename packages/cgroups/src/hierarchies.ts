import { listMounts } from '@slipway/linux';
import { relativeCgroup } from './cgroup-path.js';

/** v1: controllers on hierarchies of their own; hybrid: the same with a cgroup2 mount besides; v2: cgroup2 alone. */
export type CgroupMode = 'v1' | 'hybrid' | 'v2';

/** The cgroup hierarchies of this host, as they are mounted. */
export interface Cgroups {
  readonly mode: CgroupMode;
  /** Mount points, each once. On hybrid hosts the cgroup2 mount is the last. */
  readonly mountpoints: readonly string[];
  /** Where a v1 controller (`memory`, `pids`, …) is mounted; on v2 every controller is at the one mount point. */
  controller(name: string): string | undefined;
  /** The directories of a cgroup in all hierarchies, whether they exist or not. */
  directories(cgroupsPath: string): string[];
  /** The directory of a cgroup in the hierarchy of one controller. */
  directory(controller: string, cgroupsPath: string): string | undefined;
}

const notControllers = new Set(['rw', 'ro', 'xattr', 'noprefix', 'clone_children', 'cpuset_v2_mode']);

/** Reads /proc/self/mountinfo; cheap enough to call once a process. */
export function detectCgroups(): Cgroups {
  const controllers = new Map<string, string>();
  let unified: string | undefined;
  for (const mount of listMounts()) {
    if (mount.fsType === 'cgroup2') unified ??= mount.target;
    if (mount.fsType !== 'cgroup') continue;
    for (const option of mount.superOptions) {
      const name = option.replace(/^name=/, '');
      const isController = !notControllers.has(option) && !option.startsWith('release_agent');
      if (isController && !controllers.has(name)) controllers.set(name, mount.target);
    }
  }
  const v1 = [...new Set(controllers.values())];
  const mode: CgroupMode = v1.length === 0 ? 'v2' : unified === undefined ? 'v1' : 'hybrid';
  const mountpoints = unified === undefined ? v1 : [...v1, unified];
  const controller = (name: string): string | undefined => (mode === 'v2' ? unified : controllers.get(name));
  return {
    mode,
    mountpoints,
    controller,
    directories: (cgroupsPath) => {
      const relative = relativeCgroup(cgroupsPath);
      return mountpoints.map((mountpoint) => mountpoint + relative);
    },
    directory: (name, cgroupsPath) => {
      const mountpoint = controller(name);
      return mountpoint === undefined ? undefined : mountpoint + relativeCgroup(cgroupsPath);
    },
  };
}
