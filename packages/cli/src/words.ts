import type { CommandGrammar } from '@slipway/config';
import type { Command } from 'commander';

/** Commands whose operands end with another program's command line, behind their first operand. */
const passing = new Set(['exec', 'run']);

/**
 * How the words of a command line are shared between settings and commands: an option of the command wins over a
 * setting of its name (`doctor --root`), and what another program is to get (`exec web ls --root /`) is left alone.
 */
export function grammarOf(program: Command): CommandGrammar {
  return {
    hasOption: (rest, name) => commandOf(program, rest).command.options.some(({ long }) => long === `--${name}`),
    endsWith: (rest) => {
      const { command, operands } = commandOf(program, rest);
      return passing.has(command.name()) && operands > 0;
    },
  };
}

/** Whether the person asks for JSON, for an error that comes before any command has run. */
export function wantsJson(program: Command, words: readonly string[]): boolean {
  const { command, own } = commandOf(program, words);
  if (!command.options.some(({ long }) => long === '--json')) return false;
  return own.some((word, at) => ['--json', '-ojson', '--output=json'].includes(word) || isPair(own, at));
}

function isPair(words: readonly string[], at: number): boolean {
  return ['-o', '--output'].includes(words[at] ?? '') && words[at + 1] === 'json';
}

interface Walk {
  command: Command;
  operands: number;
  /** The words that are neither an operand of a passing command nor behind one. */
  own: string[];
}

/** The command that words name, and how many operands of it they hold. */
function commandOf(program: Command, words: readonly string[]): Walk {
  const walk: Walk = { command: program, operands: 0, own: [] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '--') return walk;
    if (word.startsWith('-') && word !== '-') {
      walk.own.push(word);
      if (!takesNext(walk.command, word)) continue;
      at += 1;
      walk.own.push(...words.slice(at, at + 1));
      continue;
    }
    const sub = walk.operands === 0 && walk.command.commands.find((one) => one.name() === word);
    if (sub) walk.command = sub;
    else walk.operands += 1;
    if (passing.has(walk.command.name()) && walk.operands > 0) return walk;
    walk.own.push(word);
  }
  return walk;
}

/** Whether the value of an option is the next word. */
function takesNext(command: Command, word: string): boolean {
  // A value may stand behind `=`, or behind a short option's letter at once.
  if (word.includes('=') || (!word.startsWith('--') && word.length > 2)) return false;
  return command.options.some(({ long, short, required }) => required && (long === word || short === word));
}
