import { request } from 'node:http';
import { join } from 'node:path';
import type { Command } from 'commander';
import { requireAccess } from '../client/permission.js';
import { print, table } from '../output.js';
import { readUpState, type UpState } from '../supervisor/state-file.js';
import { supervisorOf } from '../supervisor/state-lock.js';
import { type CommandContext, examples, settingsHelp } from './command-context.js';

export function addStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('show what runs on this node; exit status 1 when it is not ready')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      examples(
        ['slipway status', 'a table of the processes'],
        ['slipway status --json', 'for scripts'],
        ['slipway status --state /run/slipway-lab', 'of another state directory'],
      ) + settingsHelp,
    )
    .action(async (options: { json?: boolean }) => {
      const { settings } = context.loaded();
      requireAccess([join(settings.state, 'up.lock'), join(settings.state, 'up.json')]);
      const state = supervisorOf(settings.state) === undefined ? undefined : readUpState(settings.state);
      const processes = await Promise.all((state?.processes ?? []).map(withReasons));
      const ready =
        state?.ready === true &&
        processes.every((one) => ['ready', 'drained'].includes(one.state) && one.reasons.length === 0);
      if (!ready) process.exitCode = 1;
      const result = {
        node: settings.node,
        running: state !== undefined,
        ready,
        socket: settings.gateway.socket,
        processes,
      };
      print(result, () => human(result), options.json);
    });
}

type Row = UpState['processes'][number] & { reasons: string[] };

function human(result: { node: string; running: boolean; ready: boolean; socket: string; processes: Row[] }): string {
  if (!result.running) return `node ${result.node}: slipway up does not run`;
  const head = `node ${result.node}: ${result.ready ? 'ready' : 'not ready'} on ${result.socket}`;
  const rows = result.processes.map((one) => [
    one.name,
    one.state,
    String(one.pid ?? '-'),
    String(one.restarts),
    one.reasons.join('; '),
  ]);
  return `${head}\n${table([['PROCESS', 'STATE', 'PID', 'RESTARTS', 'WHY NOT READY'], ...rows])}`;
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
    const ask = request(url, { timeout: 2000, agent: false }, (response) => {
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
