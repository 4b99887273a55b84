import { Option } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CriClient } from '@slipway/cri-client';
import type { PodSandboxStats } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { withNode } from '../client/node.js';
import { bytes } from '../client/units.js';
import { type PodUsage, type Usage, usageBetween } from '../client/usage.js';
import { print, table } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

interface TopOptions {
  once?: boolean;
  json?: boolean;
  interval: string;
  sort: string;
}

const orders = {
  cpu: (one, other) => (other.cpu ?? 0) - (one.cpu ?? 0),
  memory: (one, other) => (other.memory ?? 0) - (one.memory ?? 0),
  name: (one, other) => one.name.localeCompare(other.name),
} satisfies Record<string, (one: Usage, other: Usage) => number>;
/** Samples are kept for a second on the node: sooner there is nothing new. */
const leastSeconds = 1;
const onceMs = 1200;
const ctrlC = '\u0003';

export function addTop(program: CliCommand, context: CommandContext): void {
  program
    .command('top')
    .description('show what pods and their containers use, again and again until q or ctrl-C')
    .option('--interval <seconds>', 'how often', '2')
    .addOption(new Option('--sort <by>', 'what the order goes by').choices(Object.keys(orders)).default('cpu'))
    .option('--once', 'look for a second, print and end; as where the output is no terminal')
    .option('--json', 'once, as one JSON array')
    .guide({
      examples: [
        ['slipway top', 'watch it'],
        ['slipway top --sort memory --once', 'the largest first'],
        ['slipway top --json', 'for scripts: bytes, cores, bytes a second'],
      ],
    })
    .action(async ({ once, json, interval, sort }: TopOptions) => {
      const order = orders[sort as keyof typeof orders];
      const seconds = Number(interval);
      if (!(seconds >= leastSeconds)) {
        throw new SlipwayError('INVALID_REQUEST', `--interval is ${leastSeconds} second or more, not ${interval}`);
      }
      await withNode(context, async (cri) => {
        if (once || json || !process.stdout.isTTY) {
          const usage = sorted(usageBetween(...(await twoSamples(cri))), order);
          print(usage, () => topTable(usage), json);
          return;
        }
        await showLive(cri, seconds * 1000, order);
      });
    });
}

async function sample(cri: CriClient): Promise<PodSandboxStats[]> {
  return (await cri.listPodSandboxStats({})).stats;
}

async function twoSamples(cri: CriClient): Promise<[PodSandboxStats[], PodSandboxStats[]]> {
  const first = await sample(cri);
  await sleep(onceMs);
  return [first, await sample(cri)];
}

function sorted(usage: PodUsage[], order: (one: Usage, other: Usage) => number): PodUsage[] {
  return usage.map((pod) => ({ ...pod, containers: pod.containers.toSorted(order) })).toSorted(order);
}

/** Pods with their containers below them. */
export function topTable(pods: readonly PodUsage[]): string {
  if (pods.length === 0) return 'none';
  const rows = pods.flatMap((pod) => [
    [
      `${pod.namespace}/${pod.name}`,
      cpu(pod.cpu),
      figure(pod.memory),
      figure(pod.receives),
      figure(pod.sends),
      '',
      pod.processes === undefined ? '-' : String(pod.processes),
    ],
    ...pod.containers.map((one) => [`  ${one.name}`, cpu(one.cpu), figure(one.memory), '', '', figure(one.disk), '']),
  ]);
  return table([['POD, CONTAINER', 'CORES', 'MEMORY', 'IN/S', 'OUT/S', 'DISK', 'PROCESSES'], ...rows]);
}

function cpu(cores: number | undefined): string {
  return cores === undefined ? '-' : cores.toFixed(3);
}

function figure(value: number | undefined): string {
  return value === undefined ? '-' : bytes(value);
}

/** Draws on the terminal's other screen, so that what stood there is back afterwards. */
async function showLive(
  cri: CriClient,
  intervalMs: number,
  order: (one: Usage, other: Usage) => number,
): Promise<void> {
  const { stdin, stdout } = process;
  const stop = new AbortController();
  const onKey = (key: Buffer): void => {
    if (['q', ctrlC].includes(key.toString().charAt(0))) stop.abort();
  };
  const onSignal = (): void => stop.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onSignal);
  if (stdin.isTTY) stdin.setRawMode(true).on('data', onKey);
  stdout.write('\x1b[?1049h\x1b[?25l');
  try {
    let before = await sample(cri);
    for (let wait = onceMs; !stop.signal.aborted; wait = intervalMs) {
      const [, now] = [await sleep(wait, undefined, { signal: stop.signal }), await sample(cri)];
      const pods = sorted(usageBetween(before, now), order);
      before = now;
      const lines = [`${new Date().toLocaleTimeString('en-GB')}  ${totals(pods)}`, '', ...topTable(pods).split('\n')];
      const shown = lines.slice(0, stdout.rows - 1).map((line) => line.slice(0, stdout.columns));
      stdout.write(`\x1b[H${shown.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stdout.write('\x1b[?25h\x1b[?1049l');
    if (stdin.isTTY) stdin.off('data', onKey).setRawMode(false).pause();
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
  }
}

function totals(pods: readonly PodUsage[]): string {
  const sum = (of: (pod: PodUsage) => number | undefined): number => pods.reduce((all, pod) => all + (of(pod) ?? 0), 0);
  const containers = pods.reduce((all, pod) => all + pod.containers.length, 0);
  return `${pods.length} pods, ${containers} containers: ${sum((pod) => pod.cpu).toFixed(2)} cores, ${bytes(sum((pod) => pod.memory))}; q ends`;
}
