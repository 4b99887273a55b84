import { readFileSync } from 'node:fs';
import { hasCode, SyscallError } from './errno.js';
import { AT_FDCWD, lastErrno, SYS } from './libc.js';
import { mountSetattrCall } from './mount/mount-attributes.js';
import { listMounts, type MountInfo } from './mount/mountinfo.js';

/** `hybrid` is v1 with an additional v2 tree at /sys/fs/cgroup/unified. */
export type CgroupMode = 'v1' | 'hybrid' | 'v2' | 'none';

export interface KernelFeatures {
  /** mount_setattr(2) with AT_RECURSIVE, Linux 5.12. */
  recursiveReadOnly: boolean;
  /** Mounts with mapped ids, Linux 5.12; whether a given file system takes part shows only by trying. */
  idmapMounts: boolean;
  cgroupMode: CgroupMode;
  /** Controllers that can be used, v1 and v2 ones together: `memory`, `pids`. */
  cgroupControllers: readonly string[];
}

let features: KernelFeatures | undefined;

/** Features of this kernel, found by trying them and not by its version; tried once. */
export function kernelFeatures(): KernelFeatures {
  features ??= probe();
  return features;
}

function probe(): KernelFeatures {
  const setattr = hasMountSetattr();
  return {
    recursiveReadOnly: setattr,
    idmapMounts: setattr,
    ...cgroups(),
  };
}

function hasMountSetattr(): boolean {
  // A structure of no size is refused with EINVAL by a kernel that knows the call.
  mountSetattrCall(SYS.mount_setattr, AT_FDCWD, '', 0, null, 0);
  return new SyscallError(lastErrno(), 'mount_setattr').code === 'EINVAL';
}

/** Cgroup mode and controllers of a mount table. */
export function cgroups(
  mounts: readonly MountInfo[] = listMounts(),
): Pick<KernelFeatures, 'cgroupMode' | 'cgroupControllers'> {
  const top = mounts.filter((mount) => mount.target === '/sys/fs/cgroup').at(-1);
  const v1 = mounts.filter((mount) => mount.fsType === 'cgroup' && mount.target.startsWith('/sys/fs/cgroup/'));
  const v2 = mounts.find((mount) => mount.fsType === 'cgroup2' && mount.target.startsWith('/sys/fs/cgroup'));
  const unified = v2 ? controllersFile(v2.target) : [];
  if (top?.fsType === 'cgroup2') return { cgroupMode: 'v2', cgroupControllers: unified };
  const names = knownControllers();
  const legacy = v1.flatMap((mount) => mount.superOptions.filter((option) => names.has(option)));
  const mode = v1.length === 0 ? 'none' : v2 ? 'hybrid' : 'v1';
  return { cgroupMode: mode, cgroupControllers: [...new Set([...legacy, ...unified])].toSorted() };
}

function controllersFile(root: string): string[] {
  return (read(`${root}/cgroup.controllers`) ?? '').split(/\s+/).filter(Boolean);
}

/** The controllers' names, which stand among a v1 mount's other options. */
function knownControllers(): Set<string> {
  const lines = (read('/proc/cgroups') ?? '').split('\n').filter((line) => line && !line.startsWith('#'));
  return new Set(lines.map((line) => line.split('\t')[0] as string));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES')) return undefined;
    throw error;
  }
}
