import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildBusyboxImage } from '../../busybox-image.js';
import type { CriClient } from '../../cri-client.js';
import { processesNaming } from '../../machine.js';
import { startRegistry } from '../../registry.js';
import { type BenchPod, median, podDown, podUp } from '../measure.js';
import { processorSeconds, proportionalMegabytes } from '../process-tree.js';
import { containerdTarget, slipwayTarget, type Target } from '../targets.js';
import { type CallTimes, kubeletRhythm } from './kubelet.js';
import { printReport, type RhythmFigures } from './report.js';

const usage = `Brings pods up as a kubelet does, then asks as a kubelet asks while nothing changes, and prints a table:
what it costs in all of the runtime's processes, beside Debian's containerd.

  npm run bench:rhythm
  npm run bench:rhythm -- --pods 50 --seconds 60
  npm run bench:rhythm -- --only slipway        or containerd
  npm run bench:rhythm -- --only slipway --settle 3 --warm 10 --seconds 21    in two minutes
  npm run bench:rhythm -- --json                all figures`;

const { values: options } = parseArgs({
  options: {
    pods: { type: 'string', default: '110' },
    'at-once': { type: 'string', default: '5' },
    seconds: { type: 'string', default: '61' },
    settle: { type: 'string', default: '20' },
    warm: { type: 'string', default: '20' },
    handler: { type: 'string', default: 'crun' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});

/** A runtime's processes: its own, and those that hold containers (conmon, containerd's shims). */
interface Processes {
  readonly own: number[];
  readonly holders: number[];
}

function processesOf(target: Target): Processes {
  const own = target.node
    ? [target.node.up.pid, ...target.node.processes().map(({ pid }) => pid)]
    : [target.containerdPid];
  const named = processesNaming(target.directory).map(({ pid }) => pid);
  return {
    own: own.filter((pid) => pid !== undefined),
    holders: named.filter((pid) => /^(conmon|containerd-shim)/.test(nameOf(pid))),
  };
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

async function measure(target: Target, image: string): Promise<Omit<RhythmFigures, 'ownListUpSeconds'>> {
  const { cri } = target;
  await settle(target, image);
  const idleMegabytes = proportionalMegabytes(processesOf(target).own);
  const idle = await processorShare(target, 10, () => sleep(10_000));

  const { pods, firstUpSeconds, upSeconds } = await bringUpTwice(target, image);

  await sleep(3000);
  // The first stats of a container walk its writable layer, and V8 compiles what is called for the first ten or twenty
  // times: a kubelet goes on for months.
  await kubeletRhythm(cri, { seconds: Number(options.warm), statsEvery: 1, metrics: true });
  const seconds = Number(options.seconds);
  const times: CallTimes = new Map();
  const window = async (metrics: boolean): Promise<void> => {
    const taken = await kubeletRhythm(cri, { seconds, metrics });
    for (const [name, ms] of taken) times.set(name, [...(times.get(name) ?? []), ...ms]);
  };
  const busy = await processorShare(target, seconds, () => window(false));
  const scraped = await processorShare(target, seconds, () => window(true));
  const onePod = await measureOnePod(target, pods);
  const { own, holders } = processesOf(target);
  const figures = {
    name: target.name,
    pods: pods.length,
    firstUpSeconds,
    upSeconds,
    idlePercent: idle.all,
    percent: busy.all,
    scrapedPercent: scraped.all,
    percentByProcess: busy.byProcess,
    times,
    onePod,
    idleMegabytes,
    megabytes: proportionalMegabytes(own),
    holderMegabytes: proportionalMegabytes(holders),
  };
  await takeDown(cri, pods);
  return figures;
}

/** Work of the start goes on for a while: heaps settle, handlers are tried out, the first code is compiled. */
async function settle({ cri }: Target, image: string): Promise<void> {
  await cri.pullImage({ image: { image } });
  await sleep(Number(options.settle) * 1000);
}

/** Twice: the first time compiles, as after a node's start. */
async function bringUpTwice(target: Target, image: string) {
  const first = await bringUp(target, image);
  await takeDown(target.cri, first.pods);
  const { pods, seconds: upSeconds } = await bringUp(target, image);
  return { pods, firstUpSeconds: first.seconds, upSeconds };
}

/** Slipway as it comes, with the CNI list of its own: seconds until all pods are up, after the start and once more. */
async function measureOwnList(image: string): Promise<[first: number, again: number]> {
  const target = await slipwayTarget(options.handler, 'own');
  try {
    await settle(target, image);
    const { pods, firstUpSeconds, upSeconds } = await bringUpTwice(target, image);
    await takeDown(target.cri, pods);
    return [firstUpSeconds, upSeconds];
  } finally {
    await target.stop();
  }
}

async function bringUp(target: Target, image: string): Promise<{ pods: BenchPod[]; seconds: number }> {
  const pods: BenchPod[] = [];
  let asked = 0;
  const work = async (): Promise<void> => {
    while (asked++ < Number(options.pods)) pods.push(await podUp(target, image, () => undefined));
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: Number(options['at-once']) }, work));
  return { pods, seconds: (performance.now() - started) / 1000 };
}

async function takeDown(cri: CriClient, pods: readonly BenchPod[]): Promise<void> {
  const left = [...pods];
  const work = async (): Promise<void> => {
    for (let pod = left.pop(); pod; pod = left.pop()) await podDown(cri, pod);
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

/** The cost of one pod's stats, each pod asked for once: whether a call pays for the others on the node. */
async function measureOnePod(
  target: Target,
  pods: readonly { podSandboxId: string }[],
): Promise<RhythmFigures['onePod']> {
  const asked = pods.slice(0, 50);
  const times: number[] = [];
  const { all } = await processorShare(target, 1, async () => {
    // The samples of the lists before are no longer fresh.
    await sleep(2000);
    for (const { podSandboxId } of asked) {
      const begun = performance.now();
      await target.cri.podSandboxStats({ podSandboxId });
      times.push(performance.now() - begun);
    }
  });
  // Percent of one second, so tens of milliseconds.
  return { ms: median(times), processorMs: (all * 10) / asked.length };
}

/** Percent of one core that the runtime's processes take while `work` runs, holders included. */
async function processorShare(
  target: Target,
  seconds: number,
  work: () => Promise<void>,
): Promise<{ all: number; byProcess: Record<string, number> }> {
  const { own, holders } = processesOf(target);
  const groups = new Map<string, number[]>();
  const names = new Map((target.node?.processes() ?? []).map(({ pid, name }) => [pid, name]));
  for (const pid of own) groups.set(`${names.get(pid) ?? nameOf(pid)} ${pid}`, [pid]);
  groups.set('holders', holders);
  const before = new Map([...groups].map(([name, pids]) => [name, processorSeconds(pids)]));
  await work();
  const byProcess = Object.fromEntries(
    [...groups].map(([name, pids]) => [
      name.replace(/ \d+$/, ''),
      ((processorSeconds(pids) - (before.get(name) ?? 0)) / seconds) * 100,
    ]),
  );
  return { all: Object.values(byProcess).reduce((sum, value) => sum + value, 0), byProcess };
}

async function main(): Promise<void> {
  const registry = await startRegistry();
  const results: RhythmFigures[] = [];
  try {
    const { reference } = await buildBusyboxImage({ registry });
    const starts = [
      { name: 'slipway', start: () => slipwayTarget(options.handler, 'peers') },
      { name: 'containerd', start: () => containerdTarget(registry) },
    ];
    for (const { name, start } of starts) {
      if (options.only !== undefined && options.only !== name) continue;
      process.stderr.write(`bench: ${name}\n`);
      // The targets run one after the other, so that each has the machine to itself.
      const target = await start();
      let figures: Omit<RhythmFigures, 'ownListUpSeconds'>;
      try {
        figures = await measure(target, reference);
      } finally {
        await target.stop();
      }
      const ownListUpSeconds = target.node ? await measureOwnList(reference) : undefined;
      results.push({ ...figures, ownListUpSeconds });
    }
  } finally {
    await registry.stop();
  }
  if (options.json) {
    console.log(JSON.stringify(results.map((one) => ({ ...one, times: Object.fromEntries(one.times) }))));
    return;
  }
  const words = process.argv.slice(2);
  const command = words.length > 0 ? `npm run bench:rhythm -- ${words.join(' ')}` : 'npm run bench:rhythm';
  console.log(
    `\`${command}\` on ${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB\n`,
  );
  printReport(results);
}

if (options.help) console.log(usage);
else await main();
