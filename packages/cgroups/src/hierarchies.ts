import { listMounts, type MountInfo } from '@slipway/linux';
import { relativeCgroup } from './cgroup-path.js';

/** v1: controllers on hierarchies of their own; hybrid: the same with a cgroup2 mount besides; v2: only cgroup2. */
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

/** Where systemd and OCI runtimes look for cgroups. */
const usual = '/sys/fs/cgroup';

/** Reads /proc/self/mountinfo; cheap enough to call once a process. */
export function detectCgroups(): Cgroups {
  return cgroupsOf(listMounts());
}

/**
 * The hierarchies among some mounts. A cgroup2 at /sys/fs/cgroup means only cgroup v2, as for runtimes: a v1 hierarchy
 * that something mounts elsewhere, such as net_cls, has no part in containers.
 */
export function cgroupsOf(mounts: readonly MountInfo[]): Cgroups {
  const controllers = new Map<string, string>();
  const onlyV2 = mounts.findLast(({ target }) => target === usual)?.fsType === 'cgroup2';
  let unified: string | undefined = onlyV2 ? usual : undefined;
  for (const mount of mounts) {
    if (mount.fsType === 'cgroup2') unified ??= mount.target;
    if (mount.fsType !== 'cgroup' || onlyV2) continue;
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
