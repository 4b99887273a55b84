import { type SettingKey, settingKey } from '@slipway/config';
import type { Option } from 'commander';
import type { CliCommand } from './cli-command.js';

/** How far the words of a command line have come. */
export interface Walk {
  command: CliCommand;
  /** The command's operands so far. */
  operands: string[];
  /** The words before `--` that belong neither to settings nor to another program's command line. */
  own: string[];
  /** Whether the rest is another program's command line. */
  passing: boolean;
  /** Whether `--` ended the options. */
  ended: boolean;
  /** The option or setting whose value would be the next word. */
  pending: Option | SettingKey | 'config' | 'set' | undefined;
}

/** The command that words name, and where they end: the words of a command line, with settings or without. */
export function walk(program: CliCommand, words: readonly string[]): Walk {
  const state: Walk = { command: program, operands: [], own: [], passing: false, ended: false, pending: undefined };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (state.passing) return state;
    if (word === '--' && !state.ended) {
      state.ended = true;
      continue;
    }
    if (!state.ended && word.startsWith('-') && word !== '-') {
      const takes = taker(state.command, word, words[at + 1]);
      const isSetting = takes !== undefined && !('flags' in Object(takes));
      if (!isSetting) state.own.push(word);
      if (takes === undefined) continue;
      at += 1;
      if (at >= words.length) state.pending = takes;
      else if (!isSetting) state.own.push(words[at] as string);
      continue;
    }
    const sub = state.operands.length === 0 && !state.ended ? state.command.subcommand(word) : undefined;
    if (sub) state.command = sub;
    else state.operands.push(word);
    state.passing = state.command.passes && state.operands.length > 0;
    if (!state.passing && !state.ended) state.own.push(word);
  }
  return state;
}

/** The option or setting that a word names, where its value is the next word. */
function taker(command: CliCommand, word: string, next: string | undefined): Walk['pending'] {
  // A value may follow `=`, or a short option's letter directly.
  if (word.includes('=') || (!word.startsWith('--') && word.length > 2)) return undefined;
  const option = command.options.find(({ long, short }) => long === word || short === word);
  if (option) return option.required || option.optional ? option : undefined;
  const name = word.slice(2);
  if (!word.startsWith('--')) return undefined;
  if (name === 'config' || name === 'set') return name;
  const key = settingKey(name);
  if (key?.type === 'boolean' && next !== 'true' && next !== 'false') return undefined;
  return key;
}
