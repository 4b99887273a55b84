import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { detectCgroups, removeCgroup } from '@slipway/cgroups';
import type { Settings } from '@slipway/config';

const systemctlMs = 20_000;

/** The cgroup of pods that name none, where the node makes it itself; undefined where systemd makes a slice of it. */
export function ownCgroup({ cgroup }: Pick<Settings, 'cgroup'>): string | undefined {
  return cgroup.driver === 'systemd' ? undefined : cgroup.parent || '/slipway';
}

/**
 * Removes the cgroup of pods that name none, with those below it; a kubelet removes its own. A slice goes when systemd
 * stops it.
 * @throws INTERNAL when processes are in it
 */
export async function releaseCgroups(settings: Pick<Settings, 'cgroup'>): Promise<undefined> {
  const own = ownCgroup(settings);
  if (own !== undefined) {
    await removeCgroup(detectCgroups(), own);
    return;
  }
  const slice = settings.cgroup.parent || 'slipway.slice';
  // A parent that others created, such as kubepods.slice, is not stopped.
  if (/^slipway[^/]*\.slice$/.test(slice)) {
    await promisify(execFile)('systemctl', ['stop', slice], { timeout: systemctlMs });
  }
}
