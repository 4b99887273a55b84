import { loadSettings, type LoadedSettings } from '@slipway/config';
import { Command } from 'commander';
import type { CommandContext } from './commands/command-context.js';
import { addBench } from './commands/bench.js';
import { addBuild, buildWords } from './commands/build.js';
import { addAttach } from './commands/attach.js';
import { addConfig } from './commands/config.js';
import { addDoctor, doctorWords } from './commands/doctor.js';
import { addEvents } from './commands/events.js';
import { addExec } from './commands/exec.js';
import { addImages } from './commands/image/index.js';
import { addInspect } from './commands/inspect.js';
import { addLists } from './commands/lists.js';
import { addLogs } from './commands/logs.js';
import { addNatsConfig } from './commands/nats-config.js';
import { addNullRegistry } from './commands/null-registry.js';
import { addPortForward } from './commands/port-forward.js';
import { addScale } from './commands/scale.js';
import { addStages } from './commands/stages.js';
import { addStatus } from './commands/status.js';
import { addTop } from './commands/top.js';
import { addUp } from './commands/up.js';
import { addVerify } from './commands/verify.js';
import { addVersion } from './commands/version.js';
import { printError } from './output.js';

// Settings' flags are taken out first: commander sees commands and their own options.
let loaded: LoadedSettings | undefined;
let failure: unknown;
const argv = doctorWords(buildWords(process.argv.slice(2)));
let words = argv;
try {
  loaded = loadSettings({ argv });
  words = loaded.rest;
} catch (error) {
  failure = error;
}
const context: CommandContext = {
  loaded() {
    if (loaded === undefined) throw failure;
    return loaded;
  },
  reload: () => loadSettings({ argv }),
};

const program = new Command('slipway')
  .description('A Kubernetes container runtime whose stages are separate processes.')
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
addExec(program, context);
addAttach(program, context);
addPortForward(program, context);
addLogs(program, context);
addImages(program, context);
addBuild(program, context);
addBench(program, context);
addConfig(program, context);
addDoctor(program, context);
addNatsConfig(program, context);
addNullRegistry(program);
addVerify(program, context);
addVersion(program);

try {
  const asksHelp = words.length === 0 || words.some((word) => word === '--help' || word === '-h');
  if (failure !== undefined && !asksHelp) throw failure;
  await program.parseAsync(words, { from: 'user' });
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
