import { request } from 'node:http';
import { join } from 'node:path';
import type { Settings } from '@slipway/config';
import { connectOperator } from '../client/operator.js';
import { requireAccess } from '@slipway/node-client/access';
import { print, table } from '../output.js';
import { type Stage, stageNames, stages } from '@slipway/stages';
import { readUpState, supervisorOf, type UpgradeState, type UpState } from '@slipway/supervisor';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addStatus(program: CliCommand, context: CommandContext): void {
  program
    .command('status')
    .description('show what runs on this node; exit status 1 when it is not ready')
    .option('--json', 'one JSON object')
    .guide({
      exits: '1 also when the node is not ready',
      examples: [
        ['slipway status', 'a table of the processes'],
        ['slipway status --json', 'for scripts'],
        ['slipway status --state /run/slipway-lab', 'of another state directory'],
      ],
    })
    .action(async (options: { json?: boolean }) => {
      const { settings } = context.loaded();
      requireAccess([join(settings.state, 'up.lock'), join(settings.state, 'up.json')]);
      const state = supervisorOf(settings.state) === undefined ? undefined : readUpState(settings.state);
      const processes = await Promise.all((state?.processes ?? []).map(withReasons));
      const missing = state === undefined ? [] : await missingStages(settings, processes);
      const ready =
        state?.ready === true &&
        missing.length === 0 &&
        processes.every((one) => ['ready', 'drained'].includes(one.state) && one.reasons.length === 0);
      if (!ready) process.exitCode = 1;
      const result = {
        node: settings.node,
        version: state?.version,
        running: state !== undefined,
        ready,
        missing,
        socket: settings.gateway.socket,
        upgrade: state?.upgrade,
        processes,
      };
      print(result, () => human(result), options.json);
    });
}

type Row = UpState['processes'][number] & { reasons: string[] };

/** The stages of which no instance takes work: neither one of this supervisor nor another one on the node's bus. */
async function missingStages(settings: Settings, processes: readonly Row[]): Promise<string[]> {
  const takesWork = (stage: string): boolean =>
    processes.some(
      ({ name, state }) => state === 'ready' && (name.startsWith(`${stage}-`) || name.startsWith(`${stage}.`)),
    );
  const absent = stageNames.filter((stage) => !takesWork(stage));
  if (absent.length === 0) return [];
  const bus = await connectOperator(settings).catch(() => undefined);
  const answers = async (stage: Stage): Promise<boolean> => {
    const { answersAs } = stages[stage];
    if (!bus || answersAs === undefined) return false;
    const { pingStage } = await import('@slipway/stage');
    return await pingStage(bus, answersAs);
  };
  try {
    const there = await Promise.all(absent.map(answers));
    return absent.filter((_stage, at) => !there[at]).map((stage) => `no ${stage} takes work: ${stages[stage].missing}`);
  } finally {
    await bus?.close();
  }
}

interface Result {
  node: string;
  /** Version of the supervisor; undefined where none runs. */
  version: string | undefined;
  running: boolean;
  ready: boolean;
  missing: string[];
  socket: string;
  upgrade: UpgradeState | undefined;
  processes: Row[];
}

function human(result: Result): string {
  if (!result.running) return `node ${result.node}: slipway up does not run`;
  const head = [`node ${result.node}: ${result.ready ? 'ready' : 'not ready'} on ${result.socket}`, ...result.missing];
  if (result.upgrade) head.push(...upgradeLine(result.upgrade));
  const rows = result.processes.map((one) => [
    one.name,
    one.leaving ? `${one.state}, replaced` : one.state,
    String(one.pid ?? '-'),
    String(one.restarts),
    one.version ?? '-',
    one.reasons.join('; '),
  ]);
  return `${head.join('\n')}\n${table([['PROCESS', 'STATE', 'PID', 'RESTARTS', 'VERSION', 'WHY NOT READY'], ...rows])}`;
}

/** The upgrade that is under way, or the last one where it failed. */
function upgradeLine({ state, from, to, step, error }: UpgradeState): string[] {
  if (state === 'done') return [];
  if (state === 'running') return [`upgrading from ${from} to ${to}${step ? `: ${step}` : ''}`];
  return [`the upgrade from ${from} to ${to} failed: ${error ?? 'it is not known why'}`];
}

async function withReasons(one: UpState['processes'][number]): Promise<Row> {
  if (!one.http) return { ...one, reasons: [] };
  try {
    const answer = (await getJson(`${one.http}/readyz`)) as { reasons?: Record<string, string> };
    const reasons = Object.entries(answer.reasons ?? {});
    return { ...one, reasons: reasons.map(([what, why]) => `${what}: ${why}`) };
  } catch (error) {
    return { ...one, reasons: [`no answer: ${(error as Error).message}`] };
  }
}

function getJson(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ask = request(url, { timeout: 10_000, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch (error) {
          reject(error);
        }
      });
    });
    ask.on('timeout', () => ask.destroy(new Error('timed out')));
    ask.on('error', reject);
    ask.end();
  });
}
