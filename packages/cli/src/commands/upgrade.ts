import { realpathSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { installationRoot } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { Option } from 'commander';
import { requireRoot } from '@slipway/node-client/access';
import { print } from '../output.js';
import type { CheckRequest } from '@slipway/supervisor/upgrade';
import type { CliCommand } from '../grammar/cli-command.js';
import { upgradeTo } from '../upgrade/order.js';
import type { CommandContext } from './command-context.js';

export function addUpgrade(program: CliCommand, context: CommandContext): void {
  program
    .command('upgrade')
    .description(
      'replace every process of this node by those of this installation, or another one; pods notice nothing',
    )
    .option('--to <directory>', 'the installation; default: the one that this command is of')
    .addOption(new Option('--check', 'answer on standard output whether this version can take a node over').hideHelp())
    .option('--json', 'one JSON object')
    .guide({
      notes: `The supervisor makes the upgrade, and goes on with it when this command is ended. The same
command again waits for its end and reports it; one to another installation is ordered when it
has ended. slipway status shows how far it is.`,
      examples: [
        ['slipway upgrade', 'after a newer package was installed'],
        ['slipway upgrade --to /opt/slipway-0.1.0', 'back to an older version'],
      ],
    })
    .action(async ({ to, check, json }: { to?: string; check?: boolean; json?: boolean }) => {
      if (check) {
        const { answerCheck } = await import('@slipway/supervisor/upgrade');
        const request = JSON.parse(await text(process.stdin)) as CheckRequest;
        process.stdout.write(`${JSON.stringify(await answerCheck(request))}\n`);
        return;
      }
      requireRoot('an upgrade');
      const tree = to === undefined ? installationRoot() : directory(to);
      const report = (line: string): void => void (json || process.stderr.write(`${line}\n`));
      const { outcome, processes } = await upgradeTo(context, tree, report);
      const { from, to: version } = outcome;
      const kept = processes
        .filter(({ leaving }) => leaving)
        .map(({ name, pid, version: its }) => ({ name, pid, version: its }));
      print({ from, version, kept }, () => human(from, version, kept), json);
    });
}

function directory(to: string): string {
  try {
    return realpathSync(to);
  } catch (cause) {
    throw new SlipwayError('UPGRADE_REFUSED', `there is no ${to}`, { cause });
  }
}

function human(from: string, to: string, kept: readonly { name: string; pid?: number | undefined }[]): string {
  const head = from === to ? `every process was replaced by one of ${to}` : `upgraded from ${from} to ${to}`;
  if (kept.length === 0) return head;
  const names = kept.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
  return `${head}\nkept until their calls and sessions have ended: ${names}`;
}
