import { SlipwayError } from '@slipway/errors';
import type { Layer } from './layers.js';
import { namedTables, type SettingKey, settingKey, settingKeys } from './schema.js';
import { parseWord, valueFault } from './values.js';

const sections = new Set(Object.keys(settingKeys).map((path) => path.split('.')[0] ?? ''));

/** The variable of a path: `gateway.maxMessageBytes` is SLIPWAY_GATEWAY_MAX_MESSAGE_BYTES. */
export function variableOf(path: string): string {
  return `SLIPWAY_${path
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[.-]/g, '_')
    .toUpperCase()}`;
}

/**
 * The settings in the environment. A variable that starts like a section and is no
 * setting is a spelling mistake; other SLIPWAY_ variables are not ours to judge.
 * @throws INVALID_CONFIG naming the variable
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Layer {
  const paths = new Map(Object.keys(settingKeys).map((path) => [variableOf(path), path]));
  const layer: Layer = new Map();
  for (const [variable, word] of Object.entries(env)) {
    if (word === undefined || !variable.startsWith('SLIPWAY_') || variable === 'SLIPWAY_CONFIG') continue;
    const path = paths.get(variable) ?? namedPathOf(variable);
    if (path === undefined) {
      const section = variable.split('_')[1]?.toLowerCase() ?? '';
      if (!sections.has(section)) continue;
      throw new SlipwayError('INVALID_CONFIG', `environment: ${variable}: unknown key`);
    }
    const key = settingKey(path);
    layer.set(path, {
      value: checked(key as SettingKey, variable, word),
      source: { kind: 'environment', name: variable },
    });
  }
  return layer;
}

/** SLIPWAY_RUNTIME_HANDLERS_<NAME>_<KEY>, and the like for executors. */
function namedPathOf(variable: string): string | undefined {
  for (const [table, keys] of Object.entries(namedTables)) {
    const start = `${variableOf(table)}_`;
    if (!variable.startsWith(start)) continue;
    for (const key of Object.keys(keys)) {
      const end = variableOf(key).slice('SLIPWAY'.length);
      const name = variable.slice(start.length, -end.length);
      // A name has no underscore (it is a DNS label): it stood for a dash.
      if (variable.endsWith(end) && name) return `${table}.${name.toLowerCase().replaceAll('_', '-')}.${key}`;
    }
  }
  return undefined;
}

function checked(key: SettingKey, variable: string, word: string) {
  const value = parseWord(key, word);
  const fault = valueFault(key, value);
  if (fault !== undefined) throw new SlipwayError('INVALID_CONFIG', `environment: ${variable}: ${fault}`);
  return value;
}
