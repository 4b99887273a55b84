import type { CommandGrammar } from '@slipway/config';
import type { CliCommand } from './grammar/cli-command.js';
import { walk } from './grammar/walk.js';

/**
 * How the words of a command line are shared between settings and commands: an option of the command wins over a
 * setting of its name (`doctor --root`), and the words of another program (`exec web ls --root /`) are not touched.
 */
export function grammarOf(program: CliCommand): CommandGrammar {
  return {
    hasOption: (rest, name) => walk(program, rest).command.options.some(({ long }) => long === `--${name}`),
    endsWith: (rest) => walk(program, rest).passing,
  };
}

/** Whether the person asks for JSON, for an error that comes before any command has run. */
export function wantsJson(program: CliCommand, words: readonly string[]): boolean {
  const { command, own } = walk(program, words);
  if (!command.options.some(({ long }) => long === '--json')) return false;
  return own.some((word, at) => ['--json', '-ojson', '--output=json'].includes(word) || isPair(own, at));
}

function isPair(words: readonly string[], at: number): boolean {
  return ['-o', '--output'].includes(words[at] ?? '') && words[at + 1] === 'json';
}
