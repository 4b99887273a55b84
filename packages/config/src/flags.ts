import { SlipwayError } from '@slipway/errors';
import type { Layer } from './layers.js';
import { isSection, settingKey } from './schema.js';
import { parseWord, valueFault } from './values.js';

export interface Flags {
  layer: Layer;
  /** The value of --config. */
  config: string | undefined;
  /** The words that are no settings, in their order: commands, their options, all behind `--`. */
  rest: string[];
}

/** The words of a command line that are a command's own, whatever setting has their name. `rest` are the words so far. */
export interface CommandGrammar {
  /** Whether the command that `rest` names has an option of this name. */
  hasOption(rest: readonly string[], name: string): boolean;
  /** Whether all words behind `rest` are another program's command line. */
  endsWith(rest: readonly string[]): boolean;
}

/**
 * Takes settings out of a command line: `--section.key value`, `--section.key=value`,
 * `--set section.key=value` and `--config file`. A switch without a value means true.
 * @throws INVALID_CONFIG naming the flag
 */
export function readFlags(argv: readonly string[], grammar?: CommandGrammar): Flags {
  const flags: Flags = { layer: new Map(), config: undefined, rest: [] };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    if (word === '--' || grammar?.endsWith(flags.rest)) {
      flags.rest.push(...argv.slice(at));
      break;
    }
    const match = /^--([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(word);
    const name = match?.[1];
    if (name === undefined || grammar?.hasOption(flags.rest, name)) {
      flags.rest.push(word);
      continue;
    }
    const next = () => {
      if (match?.[2] !== undefined) return match[2];
      at += 1;
      const value = argv[at];
      if (value === undefined) throw new SlipwayError('INVALID_CONFIG', `--${name}: needs a value`);
      return value;
    };
    if (name === 'config') {
      flags.config = next();
    } else if (name === 'set') {
      const pair = next();
      const equals = pair.indexOf('=');
      if (equals < 1) throw new SlipwayError('INVALID_CONFIG', `--set ${pair}: write it as --set section.key=value`);
      add(flags.layer, '--set ', pair.slice(0, equals), pair.slice(equals + 1));
    } else if (settingKey(name)) {
      const bare = match?.[2] === undefined && settingKey(name)?.type === 'boolean' && !isBoolean(argv[at + 1]);
      add(flags.layer, '--', name, bare ? 'true' : next());
    } else if (name.includes('.') && isSection(name.split('.')[0] as string)) {
      throw new SlipwayError('INVALID_CONFIG', `--${name}: unknown key`);
    } else {
      flags.rest.push(word);
    }
  }
  return flags;
}

function isBoolean(word: string | undefined): boolean {
  return word === 'true' || word === 'false';
}

function add(layer: Layer, dashes: string, path: string, word: string): void {
  const key = settingKey(path);
  const value = key && parseWord(key, word);
  const fault = key ? valueFault(key, value) : 'unknown key';
  if (fault !== undefined || value === undefined) {
    throw new SlipwayError('INVALID_CONFIG', `${dashes}${path}: ${fault}`);
  }
  layer.set(path, { value, source: { kind: 'flag', name: `${dashes}${path}` } });
}
