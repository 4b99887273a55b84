import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { detectCgroups, killCgroup } from '@slipway/cgroups';
import { cached, detach } from '@slipway/cni';
import { livePath, type LoadedSettings, type Settings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { mountsBelow, removeTree, unmount } from '@slipway/linux';
import { deadlineIn } from '@slipway/time';
import {
  ownCgroup,
  processesOf,
  releaseCgroups,
  releaseHostNetwork,
  releaseHostPorts,
  runningContainers,
} from '@slipway/supervisor/host';

/** Milliseconds for the plugins of one sandbox. */
const detachMs = 30_000;
const killMs = 10_000;

/** Entries of `root` that stay with --keep-images: layers, and the records that name them. */
const imageEntries = ['layers', 'kept', 'downloads'];
const imageRecords = /^images?$/;

/** Directories that are never a node's own, whatever its settings say. */
const shared = new Set(
  ['/', '/run', '/var/run', '/var', '/var/lib', '/etc', '/usr', '/home', '/root', '/tmp', '/opt', '/srv', '/mnt'].map(
    (path) => resolve(path),
  ),
);

export interface SweepOptions {
  keepImages: boolean;
  /** Told of each thing that is removed, and of each that is left. */
  said: (line: string) => void;
}

/**
 * Removes all that a node has made on this machine, in whatever state it is; it must have ended. The order matters: the
 * network's plugins need the namespaces, mounts hold directories, processes hold cgroups.
 * @returns what could not be removed, a line each
 */
export async function sweep(loaded: LoadedSettings, { keepImages, said }: SweepOptions): Promise<string[]> {
  const { settings } = loaded;
  requireOwn(settings);
  const left: string[] = [];
  const step = async (what: string, work: () => Promise<string | undefined>): Promise<void> => {
    try {
      const reason = await work();
      if (reason) left.push(reason);
    } catch (error) {
      left.push(`${what}: ${(error as Error).message}`);
    }
  };
  await step('containers', () => killAll(settings, said));
  await step('pod networks', () => detachAll(settings, said));
  await step('mounts', () => unmountAll(settings, said));
  await step('host network', () => releaseHostNetwork(settings));
  await step('host ports', releaseHostPorts);
  await step('cgroups', () => releaseCgroups(settings));
  await step('files', () => removeFiles(loaded, keepImages, said));
  return left;
}

/** @throws INVALID_CONFIG where a node's directory is one that others use */
export function requireOwn({ root, state }: Pick<Settings, 'root' | 'state'>): void {
  for (const path of [root, state]) {
    if (!shared.has(resolve(path))) continue;
    throw new SlipwayError('INVALID_CONFIG', `${path} is not the node's alone: it is not removed`, {
      hint: 'remove what Slipway made there by hand',
    });
  }
}

async function killAll(settings: Settings, said: (line: string) => void): Promise<undefined> {
  for (const { pid, program } of processesOf(settings)) {
    if (signal(pid)) said(`ended ${program}, pid ${pid}`);
  }
  for (const { name, pid } of runningContainers(settings)) if (signal(pid)) said(`ended container ${name}`);
  const parent = ownCgroup(settings);
  if (parent !== undefined) await killCgroup(detectCgroups(), parent, { deadlineMs: killMs });
  for (let waited = 0; waited < killMs && processesOf(settings).length > 0; waited += 50) await sleep(50);
  return undefined;
}

function signal(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** Addresses, veths and published ports go with the plugins' DEL, which finds what ADD had in the cache. */
async function detachAll(settings: Settings, said: (line: string) => void): Promise<string | undefined> {
  const cacheDir = join(settings.root, 'cni', 'cache');
  const { attachments } = await cached(cacheDir);
  const failures: string[] = [];
  for (const id of new Set(attachments.map(({ containerId }) => containerId))) {
    try {
      await detach(cacheDir, id, { deadline: deadlineIn(detachMs), binDirs: settings.network.binDirs });
      said(`detached sandbox ${id.slice(0, 13)} from its network`);
    } catch (error) {
      failures.push(`network of sandbox ${id}: ${(error as Error).message}`);
    }
  }
  return failures.join('; ') || undefined;
}

/** Not the directories themselves: where they are mounts, those are the machine's. */
function unmountAll({ root, state }: Settings, said: (line: string) => void): Promise<undefined> {
  for (const directory of [state, root]) {
    const mounts = mountsBelow(directory).filter(({ target }) => target !== directory);
    for (const { target } of mounts) unmount(target, { detach: true, missingOk: true });
    if (mounts.length > 0) said(`unmounted ${mounts.length} mounts below ${directory}`);
  }
  return Promise.resolve(undefined);
}

async function removeFiles(
  { settings, configPath }: LoadedSettings,
  keepImages: boolean,
  said: (line: string) => void,
): Promise<string | undefined> {
  const { root, state, network } = settings;
  // Written for a kubelet's pod CIDR, and by commands.
  if (network.confTemplate) rmSync(join(network.confDir, '10-slipway.conflist'), { force: true });
  rmSync(livePath(configPath), { force: true });
  await removeTree(join(network.own.dataDir, network.own.name));
  if (keepImages) await removeAllBut(root, keepsImage);
  else await removeAllBut(root, () => false);
  await removeAllBut(state, () => false);
  said(keepImages ? `removed ${state}, and all but images from ${root}` : `removed ${state} and ${root}`);
  const still = [state, ...(keepImages ? [] : [root])].filter(
    (path) => existsSync(path) && readdirSync(path).length > 0,
  );
  return still.length > 0 ? `not empty: ${still.join(', ')}` : undefined;
}

function keepsImage(path: string): boolean {
  const [first = '', second, ...rest] = path.split('/');
  if (first === 'records') return second === undefined || (imageRecords.test(second) && rest.length === 0);
  return imageEntries.includes(first) && second === undefined;
}

/** Kept entries are named by their paths below the tree; a directory with kept entries is descended into. */
async function removeAllBut(directory: string, keeps: (path: string) => boolean): Promise<void> {
  for (const name of entries(directory)) {
    if (!keeps(name)) {
      await removeTree(join(directory, name));
      continue;
    }
    if (name !== 'records') continue;
    for (const kind of entries(join(directory, name))) {
      if (!keeps(`${name}/${kind}`)) await removeTree(join(directory, name, kind));
    }
  }
  try {
    rmdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A mount of the machine's, or what is kept.
    if (!['ENOENT', 'EBUSY', 'ENOTEMPTY'].includes(code ?? '')) throw error;
  }
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
