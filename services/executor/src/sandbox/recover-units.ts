import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pidsInCgroup } from '@slipway/cgroups';
import { conmonPid, isConmonOf } from '../container/conmon-process.js';
import { inOwnTime } from '../own-time.js';
import { ownCgroupParent } from './cgroup.js';
import type { SandboxContext } from './context.js';
import { isSandboxId, sandboxPaths } from './paths.js';

const unitsMs = 30_000;

/**
 * Ends what systemd still has of pods that are gone: their slices, which could not be stopped while systemd or the bus
 * was restarting, and the scopes of containers that failed, which systemd keeps until reset-failed. Nothing
 * with a process in it is touched: another node on this host may have the same parent.
 */
export async function recoverUnits(context: SandboxContext): Promise<void> {
  if (context.settings.cgroup.driver !== 'systemd') return;
  await inOwnTime(unitsMs, context.log, async (call) => {
    const [before = '', after = ''] = ownCgroupParent(context.settings, '*').split('*');
    const loaded = await context.units.list([`${before}*${after}`, 'slipway-*.scope'], call);
    // After the units: the slice of a pod that has come since is not among them.
    const known = new Set((await context.records.sandboxes.list()).map(({ id }) => id));
    const left = loaded.filter(({ name }) => {
      if (!name.startsWith(before) || !name.endsWith(after)) return false;
      const id = name.slice(before.length, -after.length);
      return (
        isSandboxId(id) &&
        !known.has(id) &&
        isForgotten(context, id) &&
        pidsInCgroup(context.cgroups, name).length === 0
      );
    });
    const failed = loaded.filter(({ name, active }) => name.endsWith('.scope') && active === 'failed');
    await context.units.stop(
      left.map(({ name }) => name),
      call,
    );
    if (failed.length > 0)
      await context.units.resetFailed(
        failed.map(({ name }) => name),
        call,
      );
    for (const { name } of left) context.log.info({ unit: name }, 'the slice of a pod that is gone was stopped');
  });
}

/** Puts conmons that are still in the executor's cgroup where they outlive it: those of an executor that could not, or did not. */
export async function recoverConmons(context: SandboxContext): Promise<void> {
  for (const id of await readdir(context.paths.containers).catch(() => [])) {
    const pid = await conmonPid(context.paths.container(id).conmonPidFile);
    if (pid === undefined || !context.conmons.isMisplaced(pid) || !(await isConmonOf(pid, id))) continue;
    await context.conmons.take(pid);
  }
}

/** Redis may be empty for a moment, before it is refilled from the mirror. */
function isForgotten({ settings }: SandboxContext, id: string): boolean {
  return (
    !existsSync(join(settings.root, 'records', 'sandboxes', id)) && !existsSync(sandboxPaths(settings, id).directory)
  );
}
