import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildBusyboxImage } from '../busybox-image.js';
import { type EventWatch, watchEvents } from '../events.js';
import { startRegistry } from '../registry.js';
import { measureAtOnce, measureLife, measureMemory, median, type Samples } from './measure.js';
import { idleShare, measureProcessor, withOrphans } from './processor.js';
import { type Result, table } from './report.js';
import { containerdTarget, parsePeer, peerTarget, slipwayTarget, type Target } from './targets.js';

const usage = `Measures the life of pods on nodes of their own and prints Markdown tables.

  npm run bench
  npm run bench -- --handler crun --runs 50    one handler, more runs
  npm run bench -- --containerd                Debian's containerd (apt-get install containerd) beside it
  npm run bench -- --peer NAME=SOCKET          a runtime that runs already, by its CRI socket; several may be named.
                                               It must take an image of 127.0.0.1 by plain HTTP, and have CNI set up
  npm run bench -- --peer … --image NAME       an image with /bin/sh and /bin/true that all can pull, instead of our own
  npm run bench -- --beside NAME               whose share is in brackets: default containerd, or the first peer
  npm run bench -- --cni own                   Slipway's own CNI list instead of the peers'
  npm run bench -- --json                      the same as JSON

The targets take turns, pod by pod, so that a machine that is busy for a while is so for all.`;

const { values: options } = parseArgs({
  options: {
    handler: { type: 'string', multiple: true, default: ['crun', 'runc', 'runsc'] },
    containerd: { type: 'boolean', default: false },
    peer: { type: 'string', multiple: true, default: [] },
    beside: { type: 'string' },
    image: { type: 'string' },
    runs: { type: 'string', default: '20' },
    pods: { type: 'string', default: '10' },
    cni: { type: 'string', default: 'peers' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});

const peers = options.peer.map(parsePeer);
/** The target to which the shares in brackets relate. */
const beside = options.beside ?? (options.containerd ? 'containerd' : peers[0]?.name);
const names = [...options.handler, ...(options.containerd ? ['containerd'] : []), ...peers.map(({ name }) => name)];
if (beside !== undefined && !names.includes(beside)) {
  throw new Error(`--beside ${beside}: there is ${names.join(', ')}`);
}

/** Rounds of each target that do not count. */
const warmUps = 2;
const atOnceRounds = 3;
const processorRounds = 4;

/** Idle memory. No other node runs, because it would share the memory of its programs with theirs. */
async function memoryOf(handler: string): Promise<Result['memory']> {
  const target = await slipwayTarget(handler, options.cni);
  try {
    // The heap settles for a moment after the start.
    await sleep(3000);
    return Object.fromEntries(
      target.node ? measureMemory(target.node).map(({ name, megabytes }) => [name, megabytes]) : [],
    );
  } finally {
    await target.stop();
  }
}

async function bench(targets: readonly Target[], image: string): Promise<Omit<Result, 'memory'>[]> {
  for (const { cri } of targets) await cri.pullImage({ image: { image } });
  const events = await Promise.all(targets.map(async ({ node }) => (node ? await watchEvents(node) : undefined)));
  const samples = targets.map((): Samples => new Map());
  try {
    for (let run = -warmUps; run < Number(options.runs); run++) {
      for (const [index, target] of targets.entries()) {
        await measureLife(target, image, run < 0 ? new Map() : (samples[index] as Samples));
      }
    }
  } finally {
    await Promise.all(events.map(async (watch) => await watch?.close()));
  }
  const pods = Number(options.pods);
  const rounds = targets.map((): number[] => []);
  for (let round = 0; round < atOnceRounds; round++) {
    for (const [index, target] of targets.entries()) rounds[index]?.push(await measureAtOnce(target, image, pods));
  }
  const used = await withOrphans(() => processorOf(targets, image));
  return targets.map(({ name }, index) => ({
    name,
    steps: {
      ...Object.fromEntries([...(samples[index] as Samples)].map(([step, values]) => [step, median(values)])),
      [`${pods} concurrent pods, up`]: median(rounds[index] ?? []),
    },
    processor: used[index] ?? {},
    hops: hopsOf(events[index]),
  }));
}

/** CPU time of a pod's life. A peer that this process has not started has none: the processes that it starts are unknown. */
async function processorOf(targets: readonly Target[], image: string): Promise<Result['processor'][]> {
  const used = targets.map((): number[] => []);
  for (let round = 0; round < processorRounds; round++) {
    const idle = await idleShare();
    for (const [index, target] of targets.entries()) {
      if (target.node || target.containerdPid) used[index]?.push(await measureProcessor(target, image, idle));
    }
  }
  return used.map((ms): Result['processor'] => (ms.length > 0 ? { 'a life: up, ten probes, down': median(ms) } : {}));
}

/** The median way through NATS to each stage's methods. */
function hopsOf(events: EventWatch | undefined): Record<string, number> {
  const byMethod = new Map<string, number[]>();
  for (const span of events?.spans ?? []) {
    if (span.hop === 0n) continue;
    const name = `${span.stage} ${span.name}`;
    byMethod.set(name, [...(byMethod.get(name) ?? []), Number(span.hop) / 1e6]);
  }
  return Object.fromEntries([...byMethod].map(([name, values]) => [name, median(values)]));
}

async function main(): Promise<void> {
  const registry = await startRegistry();
  const targets: Target[] = [];
  try {
    const reference = options.image ?? (await buildBusyboxImage({ registry })).reference;
    const memory: Record<string, Result['memory']> = {};
    for (const handler of options.handler) memory[handler] = await memoryOf(handler);
    for (const handler of options.handler) targets.push(await slipwayTarget(handler, options.cni));
    if (options.containerd) targets.push(await containerdTarget(registry));
    for (const peer of peers) targets.push(peerTarget(peer));
    const versions = await Promise.all(targets.map(versionOf));
    process.stderr.write(`bench: ${targets.map(({ name }) => name).join(', ')}\n`);
    const results = await bench(targets, reference);
    print(
      results.map((result) => ({ ...result, memory: memory[result.name] ?? {} })),
      versions,
    );
  } finally {
    for (const target of targets) await target.stop();
    await registry.stop();
  }
}

/** A target's name, and the name and version that its CRI reports. */
async function versionOf({ name, cri }: Target): Promise<string> {
  const { runtimeName, runtimeVersion } = await cri.version({});
  return `${name}: ${runtimeName} ${runtimeVersion}`;
}

function print(results: readonly Result[], versions: readonly string[]): void {
  if (options.json) {
    console.log(JSON.stringify(results));
    return;
  }
  const words = process.argv.slice(2);
  const command = words.length > 0 ? `npm run bench -- ${words.join(' ')}` : 'npm run bench';
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const share = beside === undefined ? '' : `; in brackets, the share of what ${beside} takes`;
  console.log(`\`${command}\` on ${machine}, CNI list: ${options.cni}, medians of ${options.runs}${share}\n`);
  console.log(`${versions.join(', ')}\n`);
  console.log(`${table(results, 'steps', 'ms', beside)}\n`);
  console.log(`${table(results, 'processor', 'CPU ms of all processes', beside)}\n`);
  console.log(`${table(results, 'hops', 'ms through NATS to')}\n`);
  console.log(table(results, 'memory', 'MB PSS, idle'));
}

if (options.help) console.log(usage);
else await main();
