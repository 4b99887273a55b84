import { loadSettings, type LoadedSettings } from '@slipway/config';
import { withoutAliases } from './aliases.js';
import type { CommandContext } from './commands/command-context.js';
import { endWithNpm } from './npm-parent.js';
import { printError } from './output.js';
import { makeProgram } from './program.js';
import { grammarOf, wantsJson } from './words.js';

const argv = process.argv.slice(2);
let loaded: LoadedSettings | undefined;
let failure: unknown;
const load = (): LoadedSettings => loadSettings({ argv, grammar: grammarOf(program) });
const context: CommandContext = {
  loaded() {
    if (loaded === undefined) throw failure;
    return loaded;
  },
  reload: load,
};
const program = makeProgram(context);

// A question of the shells' completion: half a command line, in which nothing need be right yet.
if (argv[0] === '__complete') {
  const { answerCompletion } = await import('./completion/answer.js');
  await answerCompletion(program, argv.slice(1));
} else {
  await run();
}

async function run(): Promise<void> {
  endWithNpm();
  // Settings' flags are taken out first: commander sees commands and their own options.
  let words = argv;
  try {
    loaded = load();
    words = withoutAliases(loaded.rest);
  } catch (error) {
    failure = error;
  }
  try {
    const asksHelp =
      words.length === 0 || words[0] === 'help' || words.some((word) => /^(-h|--help|-V|--version)$/.test(word));
    if (failure !== undefined && !asksHelp) throw failure;
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    const { fromServiceError } = await import('./client/service-error.js');
    printError(fromServiceError(error), wantsJson(program, words));
    process.exitCode = 1;
  }
}
