import { spawn } from 'node:child_process';
import { nodeFlags, type Program, programs, stages } from '@slipway/stages';
import { entryOf } from '@slipway/supervisor';
import type { CliCommand } from '../grammar/cli-command.js';

/** The services one by one: any number of each can run beside those of `slipway up`. */
export function addStages(program: CliCommand): void {
  for (const { name, stage, does, examples } of programs) {
    const command = program
      .command(name)
      .description(`run only one ${name}: ${does}`)
      .allowUnknownOption()
      .allowExcessArguments();
    if (stages[stage].perHandler) command.option('--handler <handler>', 'the runtime handler that it runs');
    const join = `--nats.nkeyFile /run/slipway/keys/${stage}.nk --redis.url unix:///run/slipway/redis.sock`;
    command
      .guide({ examples: [...examples, [`slipway ${name} --nats.url nats://… ${join}`, 'join a node']] })
      .action(() => run(name));
  }
}

/** bin/slipway starts services without coming here; this is for who starts this module in another way. */
function run(program: Program): Promise<void> {
  const words = process.argv.slice(2);
  const at = words.indexOf(program);
  // Settings may stand before the command, too.
  const args = words.filter((_word, index) => index !== at);
  const child = spawn(process.execPath, [...nodeFlags(program), entryOf(program), ...args], { stdio: 'inherit' });
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}
