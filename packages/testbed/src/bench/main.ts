import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildBusyboxImage } from '../busybox-image.js';
import { type CriClient, criClient } from '../cri-client.js';
import { watchEvents } from '../events.js';
import { startNode, type TestNode } from '../node.js';
import { startRegistry } from '../registry.js';
import { peersList } from './cni-list.js';
import { measureAtOnce, measureLifecycle, measureMemory, median, type Samples } from './measure.js';

const usage = `Measures the life of pods on nodes of their own and prints Markdown tables.

  npm run bench
  npm run bench -- --handler crun --runs 50    one handler, more runs
  npm run bench -- --cni own                   Slipway's own CNI list instead of the peers'
  npm run bench -- --json                      the same as JSON`;

const { values: options } = parseArgs({
  options: {
    handler: { type: 'string', multiple: true },
    runs: { type: 'string', default: '20' },
    pods: { type: 'string', default: '10' },
    cni: { type: 'string', default: 'peers' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});

interface Result {
  handler: string;
  /** Medians in milliseconds. */
  steps: Record<string, number>;
  hops: Record<string, number>;
  /** Idle, MB of PSS by process. */
  memory: Record<string, number>;
}

async function bench(handler: string, image: string): Promise<Result> {
  const node = await startNode({
    handlers: [handler],
    ...(options.cni === 'peers' ? { cniList: peersList } : {}),
    // As a node in use would log.
    settings: { 'runtime.defaultHandler': handler, 'log.level': 'info' },
  });
  const cri = criClient(node.socket);
  try {
    await handlerReady(cri);
    // The heap settles for a moment after the start.
    await sleep(3000);
    const memory = Object.fromEntries(measureMemory(node).map(({ name, megabytes }) => [name, megabytes]));
    await cri.pullImage({ image: { image } });
    const { samples, hops } = await measuredWithHops(node, () => measureLifecycle(cri, image, Number(options.runs)));
    const steps = Object.fromEntries([...samples].map(([step, values]) => [step, median(values)]));
    const pods = Number(options.pods);
    steps[`${pods} pods at once, up`] = await measureAtOnce(cri, image, pods);
    return { handler, steps, hops, memory };
  } finally {
    cri.close();
    await node.stop();
  }
}

/** Besides the samples, the median way through NATS to each stage's methods. */
async function measuredWithHops(
  node: TestNode,
  work: () => Promise<Samples>,
): Promise<{ samples: Samples; hops: Record<string, number> }> {
  const events = await watchEvents(node);
  try {
    const samples = await work();
    const byMethod = new Map<string, number[]>();
    for (const span of events.spans) {
      if (span.hop === 0n) continue;
      const name = `${span.stage} ${span.name}`;
      byMethod.set(name, [...(byMethod.get(name) ?? []), Number(span.hop) / 1e6]);
    }
    return { samples, hops: Object.fromEntries([...byMethod].map(([name, values]) => [name, median(values)])) };
  } finally {
    await events.close();
  }
}

/** An executor probes its runtime before it counts as ready: 60 seconds at most. */
async function handlerReady(cri: CriClient): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { status } = await cri.status({});
    const unmet = (status?.conditions ?? []).filter((condition) => !condition.status);
    if (unmet.length === 0) return;
    if (tries === 600) throw new Error(unmet.map(({ type, message }) => `${type}: ${message}`).join('; '));
    await sleep(100);
  }
}

function table(results: readonly Result[], part: 'steps' | 'hops' | 'memory', unit: string): string {
  const names = [...new Set(results.flatMap((result) => Object.keys(result[part])))];
  const rows = names.map((name) => {
    const cells = results.map((result) => result[part][name]?.toFixed(1) ?? '–');
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  if (part === 'memory') {
    const sums = results.map(({ memory }) =>
      Object.entries(memory)
        .filter(([name]) => !name.startsWith('up '))
        .reduce((sum, [, megabytes]) => sum + megabytes, 0)
        .toFixed(1),
    );
    rows.push(`| **services, NATS and Redis** | ${sums.join(' | ')} |`);
  }
  const head = `| ${unit} | ${results.map(({ handler }) => handler).join(' | ')} |`;
  return [head, `|---|${results.map(() => '---').join('|')}|`, ...rows].join('\n');
}

async function main(): Promise<void> {
  const registry = await startRegistry();
  try {
    const { reference } = await buildBusyboxImage({ registry });
    const results: Result[] = [];
    for (const handler of options.handler ?? ['crun', 'runc', 'runsc']) {
      process.stderr.write(`bench: ${handler}\n`);
      results.push(await bench(handler, reference));
    }
    if (options.json) {
      console.log(JSON.stringify(results));
      return;
    }
    const words = process.argv.slice(2);
    const command = words.length > 0 ? `npm run bench -- ${words.join(' ')}` : 'npm run bench';
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
    console.log(`\`${command}\` on ${machine}, CNI list: ${options.cni}, medians of ${options.runs}\n`);
    console.log(`${table(results, 'steps', 'ms')}\n`);
    console.log(`${table(results, 'hops', 'ms through NATS to')}\n`);
    console.log(table(results, 'memory', 'MB PSS, idle'));
  } finally {
    await registry.stop();
  }
}

if (options.help) console.log(usage);
else await main();
