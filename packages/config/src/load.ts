import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { derive } from './derive.js';
import { readEnvironment } from './environment.js';
import { type CommandGrammar, readFlags } from './flags.js';
import type { Layer, Source } from './layers.js';
import { settingKeys, type Value } from './schema.js';
import type { Settings } from './settings.js';
import { readTomlFile } from './toml-file.js';
import { pathSteps } from './value-at.js';

export const defaultConfigPath = '/etc/slipway/config.toml';

export interface LoadOptions {
  /** Words of a command line, without node and the script. Default none. */
  argv?: readonly string[];
  /** The words of commands; default: every word that is no setting is in `rest`. */
  grammar?: CommandGrammar;
  /** Default process.env. */
  env?: NodeJS.ProcessEnv;
  /** Before --config and SLIPWAY_CONFIG, which are for the one at the keyboard. */
  configPath?: string;
}

export interface LoadedSettings {
  settings: Settings;
  /** Where each value came from, by dotted path. */
  sources: Map<string, Source>;
  /** The words of argv that are no settings. */
  rest: string[];
  /** The main file that was looked for. */
  configPath: string;
}

/**
 * The settings in force: defaults, then the configuration file, then <file>.d/*.toml in
 * order of their names, then SLIPWAY_<SECTION>_<KEY>, then flags; the last one wins.
 * A file that was named must exist; the default one need not.
 * @throws INVALID_CONFIG with file and line, variable or flag
 */
export function loadSettings(options: LoadOptions = {}): LoadedSettings {
  const env = options.env ?? process.env;
  const flags = readFlags(options.argv ?? [], options.grammar);
  const named = options.configPath ?? flags.config ?? (env['SLIPWAY_CONFIG'] || undefined);
  const configPath = named ?? defaultConfigPath;

  const all: Layer = new Map();
  for (const [path, key] of Object.entries(settingKeys)) {
    all.set(path, { value: key.default, source: { kind: 'default', name: '' } });
  }
  const layers = [
    readTomlFile(configPath, named === undefined),
    ...dropIns(configPath).map((file) => readTomlFile(file, false)),
    readEnvironment(env),
    flags.layer,
  ];
  for (const layer of layers) for (const [path, sourced] of layer) all.set(path, sourced);
  derive(all);

  const sources = new Map([...all].map(([path, { source }]) => [path, source]));
  return { settings: nest(all), sources, rest: flags.rest, configPath };
}

function dropIns(configPath: string): string[] {
  const directory = `${configPath}.d`;
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.toml'));
    return names.sort().map((name) => join(directory, name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** The nested object of a flat layer that holds every key of the schema. */
function nest(all: Layer): Settings {
  // There need be none of these.
  const settings: Record<string, unknown> = { runtime: { executors: {} } };
  for (const [path, { value }] of all) {
    put(settings, pathSteps(path), value);
  }
  return settings as Settings;
}

function put(at: Record<string, unknown>, steps: string[], value: Value): void {
  const [step, ...below] = steps as [string, ...string[]];
  if (below.length === 0) at[step] = value;
  else put((at[step] ??= {}) as Record<string, unknown>, below, value);
}
