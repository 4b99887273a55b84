import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { installationRoot } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { Option } from 'commander';
import { requireRoot } from '@slipway/node-client/access';
import { withSupervisor } from '../client/supervisor.js';
import { print } from '../output.js';
import { readUpState, supervisorOf, type UpgradeState, type UpState } from '@slipway/supervisor';
import type { CheckRequest } from '@slipway/supervisor/upgrade';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

const lookMs = 250;
/** A step is not longer: a process that is not up by then is given up by the supervisor. Milliseconds. */
const stepMs = 300_000;
/** For the other version's word that it can take over. Milliseconds. */
const answerMs = 90_000;

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
      const id = randomBytes(8).toString('hex');
      const tree = to === undefined ? installationRoot() : directory(to);
      await withSupervisor(context, (supervisor) => supervisor.upgrade({ id, tree }, { timeoutMs: answerMs }));
      const state = await outcome(context.loaded().settings.state, id);
      const { from, to: version } = state.upgrade as UpgradeState;
      const kept = state.processes
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

/** Waits for the end of an upgrade. @throws UPGRADE_FAILED */
async function outcome(state: string, id: string): Promise<UpState> {
  let step: string | undefined;
  for (let end = performance.now() + stepMs; performance.now() < end; await sleep(lookMs)) {
    const now = readUpState(state);
    if (supervisorOf(state) === undefined)
      throw failed('slipway up has ended', 'start it again: containers keep running');
    if (now?.upgrade?.id !== id) continue;
    if (now.upgrade.state === 'failed') throw failed(now.upgrade.error ?? 'it is not known why');
    if (now.upgrade.state === 'done') return now;
    if (now.upgrade.step === step) continue;
    step = now.upgrade.step;
    end = performance.now() + stepMs;
  }
  throw failed(`it did not go on within ${stepMs / 1000} s${step ? ` after it came to ${step}` : ''}`);
}

function failed(why: string, hint?: string): SlipwayError {
  return new SlipwayError('UPGRADE_FAILED', why, hint === undefined ? {} : { hint });
}

function human(from: string, to: string, kept: readonly { name: string; pid?: number | undefined }[]): string {
  const head = from === to ? `every process was replaced by one of ${to}` : `upgraded from ${from} to ${to}`;
  if (kept.length === 0) return head;
  const names = kept.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
  return `${head}\nkept until their calls and sessions have ended: ${names}`;
}
