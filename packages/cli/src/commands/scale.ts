import { SlipwayError } from '@slipway/errors';
import { withSupervisor } from '../client/supervisor.js';
import { print, table } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';
import { count } from './executors.js';

/** Those that go end what they have begun, which may be a long pull. Milliseconds. */
const patienceMs = 24 * 3600_000;

export function addScale(program: CliCommand, context: CommandContext): void {
  program
    .command('scale <stage=count...>')
    .description('run more or fewer instances of stages; those that go end what they have begun')
    .option('--force', 'also none of a stage: the node does not work then')
    .option('--json', 'one JSON object')
    .guide({
      examples: [
        ['slipway scale puller=3 builder=2', 'now, and after a restart'],
        ['slipway scale executor=2', 'two executors for each handler'],
        ['slipway scale executor.crun=2', 'only for this one'],
        ['slipway scale gateway=2', 'a second CRI socket, /run/slipway/slipway.sock.1'],
      ],
    })
    .action(async (words: string[], { force = false, json }: { force?: boolean; json?: boolean }) => {
      const wanted = Object.fromEntries(words.map(readWord));
      const { stages } = await withSupervisor(context, (supervisor) =>
        supervisor.scale({ wanted, force }, { timeoutMs: patienceMs }),
      );
      print({ stages }, () => human(stages), json);
    });
}

function readWord(word: string): [string, number] {
  const [, name, number] = /^([a-z0-9.-]+)=(.*)$/.exec(word) ?? [];
  if (name === undefined || number === undefined) {
    throw new SlipwayError('INVALID_REQUEST', `${word}: write it as stage=count, for example puller=3`);
  }
  return [name, count(number, name)];
}

function human(stages: readonly { name: string; instances: number; startedMs: number }[]): string {
  const rows = stages.map(({ name, instances, startedMs }) => [
    name,
    String(instances),
    startedMs > 0 ? `${startedMs} ms` : '-',
  ]);
  return table([['STAGE', 'INSTANCES', 'STARTED IN'], ...rows]);
}
