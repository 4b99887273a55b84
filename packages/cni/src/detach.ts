import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { deadlineIn, timeLeft } from '@slipway/time';
import { deadlineOf, deleteAll, networkFailed } from './attachment.js';
import { type CachedAttachment, cachedFor, type DamagedEntry, removeEntry } from './plugin/cache.js';
import type { NetworkList } from './list/network-list.js';
import type { DetachOptions } from './types.js';

/** MAX_ARG_STRLEN is 128 KiB, with the variable's name. */
const maxPassable = 120 * 1024;

/**
 * Undoes every attachment of a container that is remembered in `cacheDir`, intents included: DEL of
 * the plugins in reverse with the configuration as ADD had it. Nothing remembered is success.
 *
 * An attachment is forgotten only when all its DELs succeeded, so a failed call can be repeated.
 * The time left is shared out: a plugin that hangs cannot use up the others' time.
 *
 * @throws SlipwayError NETWORK_FAILED naming the first plugin that failed, with all failures in its
 *   cause, or the unreadable file for which no `fallback` was given; CANCELLED when the signal fired.
 */
export async function detach(cacheDir: string, containerId: string, options: DetachOptions = {}): Promise<void> {
  const deadline = deadlineOf(options);
  const { signal, run, native, ifname, netns, binDirs = [], fallback } = options;
  const { attachments, damaged } = await cachedFor(cacheDir, containerId, ifname);
  const work = [
    ...attachments.map((entry) => ({ entry, forget: () => removeEntry(cacheDir, entry) })),
    ...damaged.map((file) => ({
      entry: substitute(file, containerId, fallback),
      forget: () => rm(file.file, { force: true }),
    })),
  ].reverse();
  for (const [index, { entry, forget }] of work.entries()) {
    const current = {
      ...entry,
      args: passableArgs(entry),
      netns: netns ?? entry.netns,
      binDirs: [...new Set([...entry.binDirs, ...binDirs])],
    };
    const [first, ...further] = await deleteAll(current, { signal, run, native }, (left) => {
      return deadlineIn(timeLeft(deadline) / (left + work.length - index - 1));
    });
    if (first !== undefined) throw networkFailed(current, first, further);
    await forget();
  }
}

/**
 * CNI_ARGS as ADD had them, where a program can be started with them: no variable may have more than MAX_ARG_STRLEN
 * bytes (execve(2)). ADD failed by those, and DEL would for ever; it finds the attachment by the container's id.
 */
function passableArgs({ args, containerId }: CachedAttachment): string {
  if (Buffer.byteLength(args) < maxPassable) return args;
  return `IgnoreUnknown=1;K8S_POD_INFRA_CONTAINER_ID=${containerId}`;
}

/** The least that DEL needs, where the attachment's file is unreadable. */
function substitute(damaged: DamagedEntry, containerId: string, list: NetworkList | undefined): CachedAttachment {
  if (list === undefined) {
    throw new SlipwayError('NETWORK_FAILED', `${damaged.file}: ${damaged.reason}`, {
      object: `sandbox ${containerId}`,
      hint: 'undo the attachment by hand, then remove the file',
    });
  }
  const stem = basename(damaged.file, '.json');
  return {
    state: 'intent',
    containerId,
    netns: '',
    ifname: stem.slice(stem.lastIndexOf(`-${containerId}-`) + containerId.length + 2),
    args: 'IgnoreUnknown=1',
    capabilityArgs: {},
    binDirs: [...list.binDirs],
    list: { name: list.name, cniVersion: list.cniVersion, disableCheck: list.disableCheck, plugins: [...list.plugins] },
  };
}
