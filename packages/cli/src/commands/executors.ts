import { Option } from 'commander';
import type { ExecutorInstance } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { runtimeKinds } from '@slipway/runtime-kinds';
import { withSupervisor } from '../client/supervisor.js';
import { print, table } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

/** Draining waits for what is in flight, which may be a stop with a long grace. Milliseconds. */
const patienceMs = 24 * 3600_000;

interface Json {
  json?: boolean;
}

/** `slipway executors …`: the executors of the node that runs. `slipway executor` is the stage itself. */
export function addExecutors(program: CliCommand, context: CommandContext): void {
  const executors = program
    .command('executors')
    .description('executors of the node: ls, add, drain, undrain, remove, default')
    .helpCommand(false)
    .guide({
      notes: "Each command has examples of its own: 'slipway executors <command> --help'.",
      examples: [
        ['slipway executors ls', 'what is there'],
        ['slipway executors add crun-1.21 --for crun --path /opt/crun-1.21/crun', 'a newer binary beside the first'],
      ],
    });
  executors
    .command('ls')
    .description('list executors: handlers, instances, versions, containers held, work in flight, health')
    .option('--json', 'one JSON object')
    .guide({
      examples: [
        ['slipway executors ls', 'a table'],
        ['slipway executors ls --json', 'for scripts'],
      ],
    })
    .action(async ({ json }: Json) => {
      const list = await withSupervisor(context, (supervisor) => supervisor.listExecutors({}));
      print(list, () => `${rows(list.instances)}\ndefault handler: ${list.defaultHandler}`, json);
    });
  addAdd(executors, context);
  executors
    .command('drain <executor>')
    .description('give an executor no new work and wait for what it has begun; containers and streams stay')
    .option('--force', 'also where no other executor of its handler takes work')
    .option('--json', 'one JSON object')
    .guide({ examples: [['slipway executors drain crun', 'before it is removed']] })
    .action(async (name: string, { force = false, json }: Json & { force?: boolean }) => {
      await withSupervisor(context, (supervisor) =>
        supervisor.drainExecutor({ name, force }, { timeoutMs: patienceMs }),
      );
      print({ drained: name }, () => `${name} is drained`, json);
    });
  executors
    .command('undrain <executor>')
    .description('give a drained executor work again')
    .option('--json', 'one JSON object')
    .guide({ examples: [['slipway executors undrain crun', 'take it back']] })
    .action(async (name: string, { json }: Json) => {
      await withSupervisor(context, (supervisor) => supervisor.undrainExecutor({ name }));
      print({ undrained: name }, () => `${name} takes work`, json);
    });
  addRemove(executors, context);
  executors
    .command('default <handler>')
    .description('make a handler that of new pods without a runtime class; auto: crun where it works, else runc')
    .option('--json', 'one JSON object')
    .guide({ examples: [['slipway executors default runc', 'from now on']] })
    .action(async (name: string, { json }: Json) => {
      await withSupervisor(context, (supervisor) => supervisor.setDefaultHandler({ name }));
      print({ default: name }, () => `new pods run on ${name}`, json);
    });
}

function addAdd(executors: CliCommand, context: CommandContext): void {
  executors
    .command('add <executor>')
    .description('start an executor: of a new handler, or a further one of a handler that there is')
    .option('--for <handler>', 'the handler that it serves; default: one of its own name')
    .addOption(new Option('--kind <kind>', 'how the binary of a new handler is spoken to').choices(runtimeKinds))
    .option('--path <file>', "the binary; default: the handler's")
    .option('--option <word...>', 'arguments before the sub-command')
    .option('--force', "also a binary that is older than the one that made the handler's containers")
    .option('--instances <count>', 'how many; default: scale.executor')
    .option('--json', 'one JSON object')
    .guide({
      examples: [
        ['slipway executors add crun-1.21 --for crun --path /opt/crun-1.21/crun', 'a newer binary beside the first'],
        ['slipway executors add spare --kind runc --path /opt/runc', 'a handler of its own'],
        ['slipway executors add crun', "a handler's own executor again, after it was removed"],
      ],
    })
    .action(async (name: string, options: AddOptions) => {
      const { for: handler, kind, path, option, force, json } = options;
      const instances = count(options.instances ?? '0', '--instances');
      const added = await withSupervisor(context, (supervisor) =>
        supervisor.addExecutor({ name, handler, kind, path, options: option, instances, force }),
      );
      print(added, () => rows(added.instances), json);
    });
}

interface AddOptions extends Json {
  for?: string;
  kind?: string;
  path?: string;
  option?: string[];
  force?: boolean;
  instances?: string;
}

function addRemove(executors: CliCommand, context: CommandContext): void {
  executors
    .command('remove <executor>')
    .description("drain an executor, wait for its streams, and end it; containers stay with the handler's others")
    .option('--wait <seconds>', 'for open streams (exec, attach, port-forward)', '60')
    .option('--force', 'cut streams that are open then; also the last one of a handler that holds containers')
    .option('--json', 'one JSON object')
    .guide({
      examples: [
        ['slipway executors remove crun', 'once another executor of crun takes work'],
        ['slipway executors remove crun --wait 3600', 'let people finish their sessions'],
      ],
    })
    .action(async (name: string, { wait, force = false, json }: Json & { wait: string; force?: boolean }) => {
      const waitMs = count(wait, '--wait') * 1000;
      await withSupervisor(context, (supervisor) =>
        supervisor.removeExecutor({ name, force, waitMs }, { timeoutMs: patienceMs }),
      );
      print({ removed: name }, () => `${name} is removed`, json);
    });
}

/** @throws INVALID_REQUEST for anything but a whole number from 0 on */
export function count(word: string, what: string): number {
  if (/^\d{1,6}$/.test(word)) return Number(word);
  throw new SlipwayError('INVALID_REQUEST', `${what}: ${JSON.stringify(word)} is no whole number`);
}

function rows(instances: readonly ExecutorInstance[]): string {
  const head = ['EXECUTOR', 'HANDLER', 'INSTANCE', 'STATE', 'VERSION', 'CONTAINERS', 'IN FLIGHT', 'STREAMS', 'HEALTH'];
  return table([
    head,
    ...instances.map((one) => [
      one.executor,
      one.handler,
      one.instance || one.process,
      one.state,
      one.version || '-',
      String(one.containers),
      String(one.inFlight),
      String(one.streams),
      one.healthy ? `ok, ${one.path || one.reason}` : one.reason,
    ]),
  ]);
}
