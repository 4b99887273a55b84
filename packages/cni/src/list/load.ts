import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { parseExact } from '@slipway/json';
import { defaultBinDirs } from './default-list.js';
import { findPlugin } from '../plugin/invoke.js';
import { errorPosition } from './json-position.js';
import { type NetworkList, toNetworkList } from './network-list.js';

export interface LoadOptions {
  /** Usually /etc/cni/net.d. */
  confDir: string;
  /** Default /opt/cni/bin and /usr/lib/cni. */
  binDirs?: string[] | undefined;
  /** The list of this name. Default: the first file in lexical order, as kubelets' runtimes have always done. */
  name?: string | undefined;
}

/**
 * The network list that pods are attached to: from the first `*.conflist`, `*.conf` or `*.json` in
 * lexical order, or the one named.
 *
 * @throws SlipwayError INVALID_CONFIG naming file, line and column of what cannot be parsed;
 *   NETWORK_NOT_CONFIGURED when there is no list, or a plugin of it is not installed.
 */
export async function loadNetwork(options: LoadOptions): Promise<NetworkList> {
  const { confDir, binDirs = defaultBinDirs, name } = options;
  let firstError: unknown;
  for (const file of await configFiles(confDir)) {
    try {
      const list = parseList(await readFile(file, 'utf8'), binDirs, file);
      if (name !== undefined && list.name !== name) continue;
      requirePlugins(list);
      return list;
    } catch (error) {
      // The file may have gone between listing and reading: plugins' installers rename.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      // A broken file prevents the use of the first list, but not of a named one in another file.
      if (name === undefined || (error as SlipwayError).code === 'NETWORK_NOT_CONFIGURED') throw error;
      firstError ??= error;
    }
  }
  if (firstError !== undefined) throw firstError;
  throw new SlipwayError(
    'NETWORK_NOT_CONFIGURED',
    name === undefined ? `no CNI list in ${confDir}` : `no CNI list named ${name} in ${confDir}`,
    { object: 'network', hint: `put a CNI list into ${confDir}` },
  );
}

/** A CNI list from a file's text. Throws INVALID_CONFIG naming the file, and the line of what cannot be parsed. */
export function parseList(text: string, binDirs: readonly string[], file: string): NetworkList {
  let value: unknown;
  try {
    value = parseExact(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { line, column } = errorPosition(text);
    throw new SlipwayError('INVALID_CONFIG', `${file}:${line}:${column}: not JSON: ${(error as Error).message}`, {
      object: 'network',
      hint: 'correct the file at the named line',
      cause: error,
    });
  }
  return toNetworkList(value, binDirs, file);
}

async function configFiles(confDir: string): Promise<string[]> {
  try {
    const entries = await readdir(confDir, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && /\.(conflist|conf|json)$/.test(entry.name))
      .map((entry) => join(confDir, entry.name))
      .sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw new SlipwayError('NETWORK_NOT_CONFIGURED', `${confDir}: ${(error as Error).message}`, {
      object: 'network',
      cause: error,
    });
  }
}

function requirePlugins(list: NetworkList): void {
  const types = new Set<string>();
  for (const plugin of list.plugins) {
    types.add(plugin.type);
    const ipam = (plugin.ipam as { type?: string } | null | undefined)?.type;
    if (ipam) types.add(ipam);
  }
  const missing: string[] = [];
  for (const type of types) if (findPlugin(type, list.binDirs) === undefined) missing.push(type);
  if (missing.length === 0) return;
  throw new SlipwayError(
    'NETWORK_NOT_CONFIGURED',
    `network ${list.name} (${list.file}) needs ${missing.join(', ')}, not found in ${list.binDirs.join(', ')}`,
    { object: 'network', hint: 'install the CNI plugins, or name the directory that holds them' },
  );
}
