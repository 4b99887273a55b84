import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextRound } from 'node:timers/promises';
import { hasCode } from '@slipway/linux';
import { bundleAge } from '../answers.js';
import { bundlePaths } from './bundle-paths.js';
import type { BuilderContext } from '../context.js';
import { takeDown } from './take-down.js';

/**
 * Removes the bundles of an earlier run of the kernel: nothing is mounted in them any more and no container lives there,
 * but they hold what containers had written. The records stay for the kubelet, which may look at them much later. Never
 * rejects.
 * @param boot this run of the kernel; default: what the kernel says
 */
export async function removeOldBundles(context: BuilderContext, signal: AbortSignal, boot?: string): Promise<void> {
  const { log, settings } = context;
  try {
    let removed = 0;
    for (const id of await bundles(settings.root)) {
      if (signal.aborted) return;
      // Calls come first.
      await nextRound();
      const paths = bundlePaths(settings.root, id);
      if (bundleAge(paths.answer, boot) !== 'earlier boot') continue;
      await context.withLock(
        `bundle:${id}`,
        async () => {
          // A container of the same id may have been built meanwhile.
          if (bundleAge(paths.answer, boot) !== 'earlier boot') return;
          await takeDown(paths, signal);
          removed++;
        },
        { signal },
      );
    }
    if (removed > 0) log.info({ bundles: removed }, 'bundles of before the restart of the node were removed');
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error }, 'bundles of before the restart of the node cannot be removed now');
  }
}

async function bundles(root: string): Promise<string[]> {
  try {
    const entries = await readdir(join(root, 'bundles'), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && /^[A-Za-z0-9]/.test(entry.name)).map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
