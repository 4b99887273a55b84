import { loadSettings } from '@slipway/config';
import type { CliCommand } from '../grammar/cli-command.js';
import { grammarOf } from '../words.js';
import { complete, type Completion, type Sources } from './complete.js';
import { nodeSources } from './sources.js';

/** A node that takes longer to name its pods is not waited for. */
const deadlineMs = 2000;

/**
 * Prints what the last word may become, for the scripts of scripts.ts: a candidate a line, with a tab and what it is
 * behind it, and last a line that says how the shell goes on: `:files`, `:directories`, `:open` or `:end`. Whatever goes
 * wrong is silent, since it would be printed into a line that somebody types.
 */
export async function answerCompletion(program: CliCommand, words: readonly string[]): Promise<void> {
  const timer = setTimeout(() => finish({ candidates: [] }), deadlineMs + 1000);
  const answer = await complete(program, words, sourcesOf(program, words)).catch(() => ({ candidates: [] }));
  clearTimeout(timer);
  finish(answer);
}

/** The settings that were typed so far count: another --state is another node. */
function sourcesOf(program: CliCommand, words: readonly string[]): Sources {
  return async (source, beginning) => {
    const argv = words.slice(0, -1);
    return await nodeSources(loadSettings({ argv, grammar: grammarOf(program) }), deadlineMs)(source, beginning);
  };
}

function finish({ candidates, paths, open }: Completion): void {
  const lines = candidates.map(({ value, about }) => (about ? `${value}\t${about}` : value));
  lines.push(`:${paths ?? (open ? 'open' : 'end')}`);
  // A connection that is still open is not waited for.
  process.stdout.write(`${lines.join('\n')}\n`, () => process.exit());
}
