import { accessSync, constants } from 'node:fs';
import { findBinary } from '@slipway/config';
import { interruptible } from '../client/interruptible.js';
import { SlipwayError } from '@slipway/errors';
import { type CheckResult, type Level, levels } from '@slipway/executor-testsuite/level';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

interface VerifyOptions {
  handler: string;
  level?: string;
  shell?: string;
  kill?: boolean;
  pid?: string;
  json?: boolean;
}

export function addVerify(program: CliCommand, context: CommandContext): void {
  const verify = program
    .command('verify')
    .description('check what runs on this node against its contract')
    .guide({ examples: [['slipway verify executor --handler crun', 'an executor']] });
  verify
    .command('executor')
    .description(
      'make the checks of docs/executor-protocol.md on the executor of a handler; exit status 1 when one fails',
    )
    .requiredOption('--handler <handler>', 'the handler')
    .option('--level <levels>', `some of ${levels.join(', ')}; default: all`)
    .option('--shell <file>', 'a static busybox: what the containers run')
    .option('--kill', 'let recovery kill the executor of slipway up with SIGKILL: its containers must not notice')
    .option('--pid <pid>', 'the same for an executor that another supervisor starts again')
    .option('--json', 'one JSON object')
    .guide({
      exits: '1 also when a check fails or something is left; 130 when it was interrupted',
      notes: `The checks call the executor on its subjects, with sandboxes and containers of
their own in the namespace slipway-verify, and take them away. A kubelet that
serves this node would remove them first: stop it, or drain the node.`,
      examples: [
        ['slipway verify executor --handler crun', 'all that needs no killing'],
        ['slipway verify executor --handler runsc --kill', 'and recovery'],
        ['slipway verify executor --handler mine --level basic', 'the part that comes first'],
      ],
    })
    .action(async (options: VerifyOptions) => {
      const { verifyExecutor } = await import('@slipway/executor-testsuite');
      const { settings } = context.loaded();
      const json = options.json ?? false;
      const interrupt = interruptible('verify', 'slipway rm removes what is left in the namespace slipway-verify');
      const { results, leftovers } = await verifyExecutor(settings, {
        handler: options.handler,
        levels: chosen(options.level),
        shell: staticShell(options.shell),
        kill: options.kill ?? false,
        pid: options.pid === undefined ? undefined : Number(options.pid),
        signal: interrupt.signal,
        report: json ? () => undefined : (result: CheckResult) => process.stdout.write(`${human(result)}\n`),
      });
      interrupt.release();
      const count = (result: CheckResult['result']): number => results.filter((one) => one.result === result).length;
      const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
      if (failed > 0 || leftovers.length > 0) process.exitCode = 1;
      if (interrupt.signal.aborted) process.exitCode = 130;
      if (json) {
        const { handler } = options;
        process.stdout.write(`${JSON.stringify({ handler, passed, failed, skipped, leftovers, checks: results })}\n`);
        return;
      }
      for (const leftover of leftovers) process.stdout.write(`could not take away: ${leftover}\n`);
      process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    });
}

function chosen(words: string | undefined): Level[] {
  if (words === undefined) return [...levels];
  return words.split(',').map((word) => {
    const level = levels.find((one) => one === word.trim());
    if (!level) throw new SlipwayError('INVALID_REQUEST', `--level ${word}: there are ${levels.join(', ')}`);
    return level;
  });
}

function staticShell(path: string | undefined): string {
  const hint = "install Debian's busybox-static, or name another static busybox with --shell";
  if (path === undefined) {
    try {
      return findBinary('busybox');
    } catch (cause) {
      throw new SlipwayError('INVALID_REQUEST', 'there is no busybox for the containers to run', { hint, cause });
    }
  }
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch (cause) {
    throw new SlipwayError('INVALID_REQUEST', `--shell ${path} cannot be executed`, { hint, cause });
  }
}

function human({ level, name, expected, came, result, ms }: CheckResult): string {
  const head = `${result.padEnd(8)}${level.padEnd(10)}${name} (${ms} ms)`;
  if (result === 'passed') return `${head}: ${came}`;
  if (result === 'skipped') return `${head}: ${came}`;
  return `${head}\n        expected: ${expected}\n        came:     ${came}`;
}
