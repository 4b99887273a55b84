import type { Argument, Option } from 'commander';
import { type CliCommand, settingsNote } from '../grammar/cli-command.js';
import { placeholderOf, valuesOf } from '../grammar/placeholders.js';
import {
  roffArgument,
  roffExample,
  roffPage,
  roffParagraphs,
  roffTagged,
  roffText,
  roffTitle,
  roffUsage,
} from './roff.js';

/** The page of a command: what `--help` says of it and of the commands below it, and what its values mean. */
export function commandPage(command: CliCommand, version: string): string {
  const isProgram = command.parent === null;
  const below = isProgram ? [] : [...command.tree()].slice(1);
  const all = [command, ...below];
  const lines = [
    roffTitle(command.path.join('-'), 1, version),
    '.SH NAME',
    `${roffText(command.path.join('-'))} \\- ${roffText(command.description())}`,
    '.SH SYNOPSIS',
    ...all.flatMap((one, at) => [...(at > 0 ? ['.br'] : []), synopsis(one)]),
    '.SH DESCRIPTION',
    ...roffParagraphs(sentence(command.description())),
    ...(command.guided?.notes === undefined ? [] : roffParagraphs(command.guided.notes)),
    ...optionsOf(command, '.SH'),
    ...(isProgram ? commandList(command) : []),
    ...below.flatMap(subsection),
    ...valuesSection(all),
    ...examplesOf(command, '.SH'),
    '.SH EXIT STATUS',
    roffText(exitStatus(command)),
    ...(command.guided?.settings === false ? [] : ['.SH SETTINGS', roffText(settingsNote)]),
    '.SH SEE ALSO',
    ...seeAlso(command),
  ];
  return roffPage(lines);
}

function subsection(command: CliCommand): string[] {
  return [
    `.SH ${roffArgument(command.path.slice(1).join(' ').toUpperCase())}`,
    synopsis(command),
    ...roffParagraphs(sentence(command.description())),
    ...(command.guided?.notes === undefined ? [] : roffParagraphs(command.guided.notes)),
    ...optionsOf(command, '.SS'),
    ...examplesOf(command, '.SS'),
  ];
}

function synopsis(command: CliCommand): string {
  return roffUsage(`${command.path.join(' ')} ${command.usage()}`);
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function optionsOf({ options }: CliCommand, heading: string): string[] {
  const shown = options.filter(({ hidden }) => !hidden);
  if (shown.length === 0) return [];
  return [`${heading} OPTIONS`, ...shown.flatMap((option) => roffTagged(option.flags, optionText(option)))];
}

function optionText(option: Option): string {
  const { description, argChoices, defaultValue, mandatory } = option;
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
  const plain = typeof defaultValue === 'string' && defaultValue !== '' ? `; default: ${defaultValue}` : '';
  return `${description}${choices}${plain}${mandatory ? '; it must be given' : ''}`;
}

function commandList(program: CliCommand): string[] {
  const entries = program.subcommands.flatMap((command) =>
    roffTagged(`${command.name()} ${command.usage()}`, command.description()),
  );
  return ['.SH COMMANDS', 'Each has a page of its own, slipway\\-\\fIcommand\\fR(1).', ...entries];
}

/** How the values are written that arguments and options of these commands take. */
function valuesSection(commands: readonly CliCommand[]): string[] {
  const meanings = new Map<string, string>();
  for (const { registeredArguments, options } of commands) {
    for (const one of [...registeredArguments, ...options.filter(({ hidden }) => !hidden)]) {
      const name = nameOf(one);
      const { choices, placeholder } = valuesOf(one);
      if (name === undefined) continue;
      if (placeholder) meanings.set(name, placeholder.means);
      else if (choices && !('flags' in one)) meanings.set(name, `one of ${choices.join(', ')}`);
    }
  }
  if (meanings.size === 0) return [];
  return ['.SH VALUES', ...[...meanings].flatMap(([name, means]) => roffTagged(`<${name}>`, means))];
}

function nameOf(of: Argument | Option): string | undefined {
  return 'flags' in of ? placeholderOf(of) : of.name();
}

function examplesOf({ guided }: CliCommand, heading: string): string[] {
  if (!guided) return [];
  const entries = guided.examples.flatMap(([command, does]) => [
    '.PP',
    `${roffText(sentence(does).slice(0, -1))}:`,
    ...roffExample([command]),
  ]);
  return [`${heading} EXAMPLES`, ...entries];
}

function exitStatus({ guided }: CliCommand): string {
  const usual = '0, or 1 where it failed; then what went wrong and what to do is on standard error.';
  return guided?.exits === undefined ? usual : `${usual}\n${sentence(guided.exits)}`;
}

function seeAlso(command: CliCommand): string[] {
  const pages: [string, number][] =
    command.parent === null
      ? [
          ...command.subcommands.map((one): [string, number] => [`slipway-${one.name()}`, 1]),
          ['slipway-config.toml', 5],
        ]
      : [
          ['slipway', 1],
          ['slipway-config.toml', 5],
        ];
  return pages.map(([name, section], at) => {
    return `.BR ${roffText(name)} (${section})${at < pages.length - 1 ? ' ,' : ''}`;
  });
}
