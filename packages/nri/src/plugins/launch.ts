import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Identity } from './plugin.js';

/** A plugin that the runtime starts by itself. */
export interface Installed {
  identity: Identity;
  path: string;
  /** The text of its configuration file; empty where it has none. */
  config: string;
}

/**
 * The plugins in a directory: executables named `<two digits>-<name>`. A plugin's configuration is
 * `<digits>-<name>.conf` or `<name>.conf` in the other directory. A directory that is missing has none.
 */
export function installedPlugins(directory: string, configDirectory: string): Installed[] {
  return entries(directory).flatMap((file) => {
    const [, index = '', name = ''] = /^([0-9]{2})-(.+)$/.exec(file) ?? [];
    const path = join(directory, file);
    if (name === '' || !isExecutable(path)) return [];
    const config = readFirst([`${index}-${name}.conf`, `${name}.conf`].map((conf) => join(configDirectory, conf)));
    return [{ identity: { index, name }, path, config }];
  });
}

/**
 * Starts a plugin with its end of a socket pair as descriptor 3, as NRI's stubs expect it.
 * @throws Error where it cannot be started
 */
export async function launch({ identity, path }: Installed): Promise<{ child: ChildProcess; socket: Socket }> {
  const child = spawn(path, [], {
    // Node makes a socket pair of a pipe.
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { NRI_PLUGIN_NAME: identity.name, NRI_PLUGIN_IDX: identity.index, NRI_PLUGIN_SOCKET: '3' },
  });
  await new Promise<void>((started, failed) => {
    child.once('spawn', started);
    child.once('error', failed);
  });
  return { child, socket: child.stdio[3] as Socket };
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readFirst(paths: readonly string[]): string {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return '';
}
