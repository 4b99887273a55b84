import { deadlineOf, deleteAll, networkFailed } from './attachment.js';
import { cachedFor, removeEntry } from './cache.js';
import type { DetachOptions } from './types.js';

/**
 * Undoes every attachment of a container that is remembered in `cacheDir`, intents included: DEL of
 * the plugins in reverse with the configuration as ADD had it. Nothing remembered is success.
 *
 * An attachment is forgotten only when all its DELs succeeded, so a failed call can be repeated.
 * The time left is shared out: a plugin that hangs cannot take away the others' chance.
 *
 * @throws SlipwayError NETWORK_FAILED naming the first plugin that failed, with all failures in its
 *   cause; CANCELLED when the signal fired.
 */
export async function detach(cacheDir: string, containerId: string, options: DetachOptions = {}): Promise<void> {
  const deadline = deadlineOf(options);
  const { signal, run, ifname, netns, binDirs = [] } = options;
  // The last interface first, as the plugins of one list.
  const entries = (await cachedFor(cacheDir, containerId, ifname)).reverse();
  for (const [index, entry] of entries.entries()) {
    const current = {
      ...entry,
      netns: netns ?? entry.netns,
      binDirs: [...new Set([...entry.binDirs, ...binDirs])],
    };
    const [first, ...further] = await deleteAll(current, { signal, run }, (left) => {
      const now = Date.now();
      return now + Math.max(0, deadline - now) / (left + entries.length - index - 1);
    });
    if (first !== undefined) throw networkFailed(current, first, further);
    await removeEntry(cacheDir, entry);
  }
}
