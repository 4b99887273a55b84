import { slipwayVersion } from '@slipway/config';
import type { CommandContext } from './commands/command-context.js';
import { addAttach } from './commands/attach.js';
import { addBench } from './commands/bench.js';
import { addBuild } from './commands/build.js';
import { addCompletion } from './commands/completion.js';
import { addConfig } from './commands/config.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addEvents } from './commands/events.js';
import { addExec } from './commands/exec.js';
import { addExecutors } from './commands/executors.js';
import { addHelp } from './commands/help.js';
import { addImages } from './commands/image/index.js';
import { addInspect } from './commands/inspect.js';
import { addInstallConfig } from './commands/install-config.js';
import { addLists } from './commands/lists.js';
import { addLogs } from './commands/logs.js';
import { addMan } from './commands/man.js';
import { addNatsConfig } from './commands/nats-config.js';
import { addRedisAcl } from './commands/redis-acl.js';
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
import { addUpgrade } from './commands/upgrade.js';
import { addVerify } from './commands/verify.js';
import { addVersion } from './commands/version.js';
import { CliCommand } from './grammar/cli-command.js';
import { describeArguments } from './grammar/placeholders.js';
import { addOutputFormats } from './output.js';

/** Every command of Slipway. Nothing is read or opened before one of them runs. */
export function makeProgram(context: CommandContext): CliCommand {
  const program = new CliCommand('slipway')
    .description('a Kubernetes container runtime whose stages are separate processes')
    .version(`slipway ${slipwayVersion}`, '-V, --version', "print Slipway's version")
    .helpCommand(false)
    .enablePositionalOptions()
    .showHelpAfterError("(see 'slipway --help')")
    .guide({
      notes: "Each command has examples of its own: 'slipway <command> --help'.",
      examples: [
        ['slipway up', 'run this node'],
        ['slipway status', 'what runs'],
        ['slipway ps -a', 'all containers'],
      ],
    });
  addUp(program, context);
  addUpgrade(program, context);
  addStages(program);
  addExecutors(program, context);
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
  addDemo(program);
  addDoctor(program, context);
  addInstallConfig(program, context);
  addReset(program, context);
  addNatsConfig(program, context);
  addRedisAcl(program, context);
  addNullRegistry(program);
  addVerify(program, context);
  addCompletion(program);
  addMan(program);
  addVersion(program);
  addHelp(program);
  addOutputFormats(program);
  describeArguments(program);
  return program;
}
