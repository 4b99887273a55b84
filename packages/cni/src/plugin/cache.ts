import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseExact, stringifyExact } from '@slipway/json';
import type { JsonObject, PluginConf } from '../list/plugin-conf.js';

/** The cached attachment: enough to undo it although the configuration has changed or gone. */
export interface CachedAttachment {
  /** `intent`: ADD began and may have done anything from nothing to all; `attached`: it succeeded. */
  state: 'intent' | 'attached';
  containerId: string;
  netns: string;
  ifname: string;
  /** CNI_ARGS as given to ADD. */
  args: string;
  capabilityArgs: JsonObject;
  binDirs: string[];
  /** The list as ADD ran it: plugins that were left out for this pod are not in it. */
  list: { name: string; cniVersion: string; disableCheck: boolean; plugins: PluginConf[] };
  /** The last plugin's result; absent in an intent. */
  result?: JsonObject | undefined;
}

/** A file in the cache directory that holds no readable attachment. */
export interface DamagedEntry {
  file: string;
  reason: string;
}

/** The content of a cache directory. */
export interface CacheContent {
  attachments: CachedAttachment[];
  damaged: DamagedEntry[];
}

interface Envelope extends CachedAttachment {
  kind: 'slipway.cni.attachment.v1';
}

const kind = 'slipway.cni.attachment.v1';

/**
 * Every attachment remembered in `cacheDir`, intents included, for a reconciler that compares them
 * with the sandboxes. A directory that does not exist holds none. Files that cannot be read are
 * reported, not thrown: one bad file must not hide the others.
 */
export function cached(cacheDir: string): Promise<CacheContent> {
  return readEntries(cacheDir, () => true);
}

/**
 * The same for one container, in the order of the file names. File names narrow the search; the
 * content decides, because a network's name may contain the separator.
 */
export async function cachedFor(cacheDir: string, containerId: string, ifname?: string): Promise<CacheContent> {
  const tail = ifname === undefined ? `-${containerId}-` : `-${containerId}-${ifname}.json`;
  const { attachments, damaged } = await readEntries(cacheDir, (name) => name.includes(tail));
  return { attachments: attachments.filter((entry) => entry.containerId === containerId), damaged };
}

async function readEntries(cacheDir: string, wanted: (name: string) => boolean): Promise<CacheContent> {
  const attachments: CachedAttachment[] = [];
  const damaged: DamagedEntry[] = [];
  for (const name of (await entryNames(cacheDir)).filter(wanted)) {
    const file = join(cacheDir, name);
    try {
      const entry = await readEntry(file);
      if (entry !== undefined) attachments.push(entry);
    } catch (error) {
      damaged.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { attachments, damaged };
}

/**
 * Writes an attachment over its earlier state, whole or not at all. No fsync: after a power loss no
 * pod is left that the entry could describe.
 */
export async function writeEntry(cacheDir: string, entry: CachedAttachment): Promise<void> {
  const name = fileName(entry);
  const temp = join(cacheDir, `.${name}.tmp`);
  const envelope: Envelope = { kind, ...entry };
  const write = (): Promise<void> => writeFile(temp, stringifyExact(envelope), { mode: 0o600 });
  await write().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    await mkdir(cacheDir, { recursive: true, mode: 0o700 });
    await write();
  });
  await rename(temp, join(cacheDir, name));
}

export async function removeEntry(cacheDir: string, entry: CachedAttachment): Promise<void> {
  const name = fileName(entry);
  await rm(join(cacheDir, `.${name}.tmp`), { force: true });
  await rm(join(cacheDir, name), { force: true });
}

function fileName(entry: CachedAttachment): string {
  return `${entry.list.name}-${entry.containerId}-${entry.ifname}.json`;
}

async function entryNames(cacheDir: string): Promise<string[]> {
  try {
    const names = await readdir(cacheDir);
    return names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined when the file went away meanwhile. */
async function readEntry(file: string): Promise<CachedAttachment | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let entry: Partial<Envelope> | null;
  try {
    entry = parseExact(text) as Partial<Envelope> | null;
  } catch (error) {
    throw new Error(`not an attachment: ${(error as Error).message}`, { cause: error });
  }
  if (entry?.kind !== kind || !Array.isArray(entry.list?.plugins) || typeof entry.containerId !== 'string') {
    throw new Error('not an attachment of this version');
  }
  return entry as Envelope;
}
