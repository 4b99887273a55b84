import { type SettingKey, settingKeys } from '@slipway/config';
import type { Argument, Option } from 'commander';
import type { CliCommand } from '../grammar/cli-command.js';
import { type ValueSource, valuesOf } from '../grammar/placeholders.js';
import { walk } from '../grammar/walk.js';

/** A word that may stand where the cursor is. */
export interface Candidate {
  value: string;
  about?: string;
}

export interface Completion {
  candidates: readonly Candidate[];
  /** The shell completes names of files or directories by itself. */
  paths?: 'files' | 'directories';
  /** More belongs to the word: no space is put behind it. */
  open?: boolean;
}

/** A source's words for the beginning of a word; it may answer with words that do not begin so. */
export type Sources = (source: ValueSource, beginning: string) => Promise<readonly Candidate[]>;

const nothing: Completion = { candidates: [] };

/**
 * Completions of the last of `words`; it is empty where a new word begins. `words` are those behind `slipway`, as a
 * shell has unquoted them. Throws nothing that `sources` does not throw.
 */
export async function complete(program: CliCommand, words: readonly string[], sources: Sources): Promise<Completion> {
  const word = words.at(-1) ?? '';
  const state = walk(program, words.slice(0, -1));
  const { command } = state;
  if (state.passing) return nothing;
  if (state.pending !== undefined) return await valueOf(state.pending, word, sources);
  if (!state.ended && word.startsWith('-')) {
    const equals = word.indexOf('=');
    return equals < 0 ? optionsOf(command, word) : await behindEquals(command, word, equals, sources);
  }
  const subcommands = state.operands.length === 0 && !state.ended ? command.subcommands : [];
  const named = subcommands.map((one) => ({ value: one.name(), about: one.description() }));
  const argument = command.registeredArguments[state.operands.length] ?? variadic(command);
  if (argument?.name() === 'topic') return starting(topicsOf(program, argument, state.operands), word);
  const rest = argument === undefined ? nothing : await valueOf(argument, word, sources);
  return { ...rest, candidates: [...beginning(named, word), ...rest.candidates] };
}

function variadic({ registeredArguments }: CliCommand): Argument | undefined {
  const last = registeredArguments.at(-1);
  return last?.variadic ? last : undefined;
}

async function valueOf(
  of: Argument | Option | SettingKey | 'config' | 'set',
  word: string,
  sources: Sources,
): Promise<Completion> {
  if (of === 'config') return { candidates: [], paths: 'files' };
  if (of === 'set') {
    const keys = Object.entries(settingKeys).map(([key, { doc }]) => ({ value: `${key}=`, about: doc }));
    return { ...starting(keys, word), open: true };
  }
  if ('doc' in of) return settingValue(of, word);
  const { choices, placeholder } = valuesOf(of);
  if (choices) return starting(plain(choices), word);
  const source = placeholder?.source;
  if (source === undefined) return nothing;
  if (source === 'files' || source === 'directories') return { candidates: [], paths: source };
  if (source === 'levels') {
    const before = word.slice(0, word.lastIndexOf(',') + 1);
    const levels = await sources(source, word.slice(before.length));
    return starting(
      levels.map(({ value }) => ({ value: `${before}${value}` })),
      word,
    );
  }
  const found = starting(await sources(source, word), word);
  return source === 'stages' ? { ...found, open: true } : found;
}

function settingValue({ oneOf, type, absolute }: SettingKey, word: string): Completion {
  if (oneOf) return starting(plain(oneOf), word);
  if (type === 'boolean') return starting(plain(['true', 'false']), word);
  return absolute ? { candidates: [], paths: 'files' } : nothing;
}

/** `--option=value`: the values, each with its prefix, because a shell takes the word as a whole. */
async function behindEquals(command: CliCommand, word: string, equals: number, sources: Sources): Promise<Completion> {
  const name = word.slice(0, equals);
  const option = command.options.find(({ long }) => long === name);
  const own = option ?? (name === '--config' ? 'config' : settingKeys[name.slice(2)]);
  if (own === undefined) return nothing;
  const found = await valueOf(own, word.slice(equals + 1), sources);
  return { ...found, candidates: found.candidates.map((one) => ({ ...one, value: `${name}=${one.value}` })) };
}

/** The command's options; settings, of which there are many, once a letter of them was typed. */
function optionsOf(command: CliCommand, word: string): Completion {
  const own = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => ({ value: long ?? short ?? '', about: description }));
  const all: Candidate[] = [
    ...own,
    { value: '--help', about: 'show help' },
    { value: '--config', about: "Slipway's configuration file" },
    { value: '--set', about: 'a setting: <key>=<value>' },
  ];
  if (/^--[a-z]/.test(word)) {
    for (const [key, { doc }] of Object.entries(settingKeys)) all.push({ value: `--${key}`, about: doc });
  }
  return starting([...new Map(all.toReversed().map((one) => [one.value, one])).values()].toReversed(), word);
}

/** Commands, below those that were named where the argument takes a path of them; else those that have man pages. */
function topicsOf(program: CliCommand, argument: Argument, path: readonly string[]): Candidate[] {
  const at = path.reduce<CliCommand | undefined>((found, name) => found?.subcommand(name), program);
  const commands = (at?.subcommands ?? []).map((one) => ({ value: one.name(), about: one.description() }));
  return argument.variadic ? commands : [...commands, { value: 'config.toml', about: 'the settings' }];
}

function plain(words: readonly string[]): Candidate[] {
  return words.map((value) => ({ value }));
}

function starting(all: readonly Candidate[], word: string): Completion {
  return { candidates: beginning(all, word) };
}

function beginning(all: readonly Candidate[], word: string): Candidate[] {
  return all.filter(({ value }) => value.startsWith(word));
}
