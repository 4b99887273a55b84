import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBusyboxImage } from '../busybox-image.js';
import { startRegistry } from '../registry.js';
import { type BenchPod, median, podDown, type Samples } from './measure.js';
import { echoPod, measureStreaming } from './measure-streaming.js';
import { StreamingClient } from './streaming-client.js';
import { containerdTarget, slipwayTarget, type Target } from './targets.js';

const usage = `Measures exec and port-forward on Slipway and on Debian's containerd, in turns, with one client.

  npm run bench:streaming
  npm run bench:streaming -- --handler crun --rounds 9
  npm run bench:streaming -- --json`;

const { values: options } = parseArgs({
  options: {
    handler: { type: 'string', multiple: true, default: ['crun', 'runc'] },
    rounds: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '200' },
    calls: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});

async function main(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'sw-bench-'));
  const registry = await startRegistry();
  const targets: Target[] = [];
  const pods: BenchPod[] = [];
  try {
    const client = StreamingClient.build(work);
    const { reference } = await buildBusyboxImage({ registry });
    for (const handler of options.handler) targets.push(await slipwayTarget(handler, 'peers'));
    targets.push(await containerdTarget(registry));
    for (const target of targets) {
      await target.cri.pullImage({ image: { image: reference } });
      pods.push(await echoPod(target, reference));
    }
    const sizes = { bytes: Number(options.megabytes) * 1e6, calls: Number(options.calls) };
    const samples: Samples[] = targets.map(() => new Map());
    // The first round warms up and does not count.
    for (let round = -1; round < Number(options.rounds); round++) {
      for (const [at, target] of targets.entries()) {
        const into = round < 0 ? new Map<string, number[]>() : samples[at];
        await measureStreaming(target, pods[at] as BenchPod, client, sizes, into as Samples);
      }
    }
    print(targets, samples);
  } finally {
    for (const [at, pod] of pods.entries()) await podDown((targets[at] as Target).cri, pod);
    for (const target of targets) await target.stop();
    await registry.stop();
    rmSync(work, { recursive: true });
  }
}

/** Each figure with how many times better than containerd's it is: more megabytes, or fewer milliseconds. */
function print(targets: readonly Target[], samples: readonly Samples[]): void {
  const medians = samples.map((one) => new Map([...one].map(([what, values]) => [what, median(values)])));
  if (options.json) {
    console.log(JSON.stringify(targets.map(({ name }, at) => ({ name, ...Object.fromEntries(medians[at] ?? []) }))));
    return;
  }
  const peer = medians.at(-1);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  console.log(
    `\`npm run bench:streaming\` on ${machine}, medians of ${options.rounds} rounds of ${options.megabytes} MB;`,
  );
  console.log('in brackets, how many times better than containerd\n');
  console.log(`| | ${targets.map(({ name }) => name).join(' | ')} |\n|---|${targets.map(() => '---').join('|')}|`);
  for (const [what, theirs] of peer ?? []) {
    const cells = medians.map((one) => {
      const ours = one.get(what) ?? Number.NaN;
      const times = what.endsWith('(ms)') ? theirs / ours : ours / theirs;
      return `${ours.toFixed(what.endsWith('(ms)') ? 2 : 0)}${one === peer ? '' : ` (${times.toFixed(2)})`}`;
    });
    console.log(`| ${what} | ${cells.join(' | ')} |`);
  }
}

if (options.help) console.log(usage);
else await main();
