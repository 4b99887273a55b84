import { spawn } from 'node:child_process';
import { entryOf, nodeFlags, type Program } from '@slipway/supervisor';
import type { CliCommand } from '../grammar/cli-command.js';

const stages: Record<Program, { does: string; example: [string, string][] }> = {
  gateway: {
    does: 'serve the CRI on a unix socket',
    example: [['slipway gateway --gateway.socket /run/slipway/slipway.sock', 'on this socket']],
  },
  puller: {
    does: 'fetch and unpack images',
    example: [['slipway puller --images.parallel 8', 'eight layers concurrently']],
  },
  builder: {
    does: 'make root file systems and config.json',
    example: [['slipway builder', 'one builder']],
  },
  executor: {
    does: 'run sandboxes and containers of one handler',
    example: [['slipway executor --handler crun', 'the executor of the handler crun']],
  },
  'null-executor': {
    does: 'keep records of sandboxes and containers, and run nothing: for load tests',
    example: [
      ['slipway null-executor --handler null --runtime.handlers.null.kind null', 'the executor of a handler null'],
    ],
  },
};

/** The services one by one: any number of each can run beside those of `slipway up`. */
export function addStages(program: CliCommand): void {
  for (const [stage, { does, example }] of Object.entries(stages) as [Program, (typeof stages)[Program]][]) {
    const command = program
      .command(stage)
      .description(`run only one ${stage}: ${does}`)
      .allowUnknownOption()
      .allowExcessArguments();
    if (stage.endsWith('executor')) command.option('--handler <handler>', 'the runtime handler that it runs');
    command
      .guide({
        examples: [
          ...example,
          [
            `slipway ${stage} --nats.url nats://… --nats.nkeyFile /run/slipway/keys/${stage === 'null-executor' ? 'executor' : stage}.nk --redis.url unix:///run/slipway/redis.sock`,
            'join a node',
          ],
        ],
      })
      .action(() => run(stage));
  }
}

/** bin/slipway starts services without coming here; this is for who starts this module in another way. */
function run(stage: Program): Promise<void> {
  const words = process.argv.slice(2);
  const at = words.indexOf(stage);
  // Settings may stand before the command, too.
  const args = words.filter((_word, index) => index !== at);
  const child = spawn(process.execPath, [...nodeFlags(stage), entryOf(stage), ...args], { stdio: 'inherit' });
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}
