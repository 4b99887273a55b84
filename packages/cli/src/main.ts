import { loadSettings, type LoadedSettings, slipwayVersion } from '@slipway/config';
import { Command } from 'commander';
import type { CommandContext } from './commands/command-context.js';
import { addBench } from './commands/bench.js';
import { addBuild } from './commands/build.js';
import { addAttach } from './commands/attach.js';
import { addConfig } from './commands/config.js';
import { addDoctor } from './commands/doctor.js';
import { addEvents } from './commands/events.js';
import { addExec } from './commands/exec.js';
import { addImages } from './commands/image/index.js';
import { addInspect } from './commands/inspect.js';
import { addLists } from './commands/lists.js';
import { addLogs } from './commands/logs.js';
import { addNatsConfig } from './commands/nats-config.js';
import { addNullRegistry } from './commands/null-registry.js';
import { addPortForward } from './commands/port-forward.js';
import { addRemoval } from './commands/removal.js';
import { addReset } from './commands/reset.js';
import { addRun } from './commands/run.js';
import { addScale } from './commands/scale.js';
import { addStages } from './commands/stages.js';
import { addStatus } from './commands/status.js';
import { addTop } from './commands/top.js';
import { addUp } from './commands/up.js';
import { addVerify } from './commands/verify.js';
import { addVersion } from './commands/version.js';
import { addHelp } from './commands/help.js';
import { addOutputFormats, printError } from './output.js';
import { endWithNpm } from './npm-parent.js';
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

const program = new Command('slipway')
  .description('A Kubernetes container runtime whose stages are separate processes.')
  .version(`slipway ${slipwayVersion}`, '-V, --version', "print Slipway's version")
  .helpCommand(false)
  .enablePositionalOptions()
  .showHelpAfterError("(see 'slipway --help')")
  .addHelpText('after', "\nEach command has examples: 'slipway <command> --help'.");
addUp(program, context);
addStages(program, context);
addScale(program, context);
addStatus(program, context);
addLists(program, context);
addInspect(program, context);
addTop(program, context);
addEvents(program, context);
addRun(program, context);
addRemoval(program, context);
addExec(program, context);
addAttach(program, context);
addPortForward(program, context);
addLogs(program, context);
addImages(program, context);
addBuild(program, context);
addBench(program, context);
addConfig(program, context);
addDoctor(program, context);
addReset(program, context);
addNatsConfig(program, context);
addNullRegistry(program);
addVerify(program, context);
addVersion(program);
addHelp(program);
addOutputFormats(program);

endWithNpm();

// Settings' flags are taken out first: commander sees commands and their own options.
let words = argv;
try {
  loaded = load();
  words = loaded.rest;
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
