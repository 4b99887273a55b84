import { posix } from 'node:path';
import { ensureCgroup, killCgroup, removeCgroup } from '@slipway/cgroups';
import type { Settings } from '@slipway/config';
import type { PodSandboxConfig } from '@slipway/cri';
import type { SandboxContext } from './context.js';

/** The cgroup of a pod whose config names none, in the form the driver takes. It is ours to make and to remove. */
export function ownCgroupParent({ cgroup }: Pick<Settings, 'cgroup'>, id: string): string {
  if (cgroup.driver === 'cgroupfs') return posix.join('/', cgroup.parent, `pod${id}`);
  // systemd.slice(5): `a-b.slice` lies in `a.slice`.
  return `${cgroup.parent.replace(/\.slice$/, '')}-pod${id}.slice`;
}

/** SandboxRecord.cgroup_parent: the kubelet's, which it makes and removes itself, else our own. */
export function cgroupParent(settings: Pick<Settings, 'cgroup'>, id: string, config: PodSandboxConfig): string {
  return config.linux?.cgroupParent || ownCgroupParent(settings, id);
}

/** Makes the pod's cgroup where it is ours. systemd makes its slices itself. */
export function makeCgroupParent(context: SandboxContext, id: string, config: PodSandboxConfig): string {
  const parent = cgroupParent(context.settings, id, config);
  const own = ownCgroupParent(context.settings, id);
  if (parent === own && context.settings.cgroup.driver === 'cgroupfs') ensureCgroup(context.cgroups, parent);
  return parent;
}

/** Removes the pod's own cgroup with whatever is left in it; one that the kubelet made is never touched. */
export async function removeCgroupParent(context: SandboxContext, id: string): Promise<void> {
  const own = ownCgroupParent(context.settings, id);
  await killCgroup(context.cgroups, own);
  await removeCgroup(context.cgroups, own);
}
