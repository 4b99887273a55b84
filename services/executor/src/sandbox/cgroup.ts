import { rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { ensureCgroup, killCgroup, removeCgroup } from '@slipway/cgroups';
import type { Settings } from '@slipway/config';
import type { PodSandboxConfig } from '@slipway/cri';
import { inOwnTime } from '../own-time.js';
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

/** For systemd to stop a slice; what is left then is seen to by the recovery. */
const stopMs = 10_000;

/**
 * Removes the pod's own cgroup with whatever is left in it; one that the kubelet made is never touched. A slice that a
 * runtime has systemd make stays in systemd's memory until it is stopped, and its directory comes back with each reload.
 */
export async function removeCgroupParent(context: SandboxContext, id: string): Promise<void> {
  const own = ownCgroupParent(context.settings, id);
  await killCgroup(context.cgroups, own);
  if (context.settings.cgroup.driver === 'systemd') {
    // systemd keeps the properties that were set on a unit without a file until the next boot: systemd.unit(5).
    await rm(`/run/systemd/system.control/${own}.d`, { recursive: true, force: true });
    await stopSlice(context, id, own);
  }
  await removeCgroup(context.cgroups, own);
  await rm(context.paths.oomKills(id), { recursive: true, force: true });
}

async function stopSlice(context: SandboxContext, id: string, slice: string): Promise<void> {
  try {
    await inOwnTime(stopMs, context.log, (call) => context.units.stop([slice], call));
  } catch (error) {
    // The pod is gone, and must not stay for ever where systemd cannot be asked.
    context.log.warn({ err: error, sandbox: id, unit: slice }, 'the slice of a pod cannot be stopped now');
  }
}
