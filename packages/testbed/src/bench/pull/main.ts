import { mkdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRegistry } from '../../registry.js';
import { median } from '../measure.js';
import { mountTmpfs } from '../tmpfs.js';
import { keptImages, makeImages, type PullCase } from './images.js';
import { type Pulled, pullRound, type Puller, pullers } from './rounds.js';

const usage = `Pulls the same images with Slipway and with Debian's containerd, everything on tmpfs, and prints a table.

  npm run bench:pull
  npm run bench:pull -- --runs 5
  npm run bench:pull -- --only slipway          one of slipway, containerd, containerd+unpigz; can be repeated
  npm run bench:pull -- --case small            the cases whose name has this word in it; can be repeated
  npm run bench:pull -- --images DIR            keeps the images in DIR: the next run does not make them again
  npm run bench:pull -- --json                  all figures`;

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
    case: { type: 'string', multiple: true },
    images: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});

interface Figures {
  readonly puller: Puller;
  /** By case, one for each run. */
  readonly seconds: Map<string, number[]>;
  readonly rounds: Pulled[];
}

async function main(): Promise<void> {
  const tmpfs = mountTmpfs();
  try {
    const kept = options.images;
    const storage = kept ?? join(tmpfs.path, 'registry');
    mkdirSync(storage, { recursive: true });
    const registry = await startRegistry(storage);
    try {
      process.stderr.write('bench: making images of the files below /usr\n');
      const made = kept === undefined ? await makeImages(registry) : await keptImages(registry, kept);
      const words = options.case;
      const cases = words ? made.filter(({ name }) => words.some((word) => name.includes(word))) : made;
      if (cases.length === 0) throw new Error(`no case has ${words?.join(' or ')} in its name`);
      const wanted = options.only ?? pullers;
      const figures = pullers
        .filter((puller) => wanted.includes(puller))
        .map((puller): Figures => ({ puller, seconds: new Map(), rounds: [] }));
      for (let run = 0; run < Number(options.runs); run++) {
        // In turns: what the machine does besides meets all of them alike.
        for (const { puller, seconds, rounds } of figures) {
          process.stderr.write(`bench: ${puller}, run ${run + 1}\n`);
          const pulled = await pullRound(puller, join(tmpfs.path, 'store'), registry.host, cases);
          rounds.push(pulled);
          for (const { name } of cases) {
            const took = pulled.seconds.get(name);
            if (took !== undefined) seconds.set(name, [...(seconds.get(name) ?? []), took]);
          }
        }
      }
      report(cases, figures);
    } finally {
      await registry.stop();
    }
  } finally {
    tmpfs.remove();
  }
}

function report(cases: readonly PullCase[], figures: readonly Figures[]): void {
  if (options.json) {
    const plain = figures.map(({ puller, seconds, rounds }) => {
      const others = rounds.map(({ residentMegabytes, blockedMs }) => ({ residentMegabytes, blockedMs }));
      return { puller, seconds: Object.fromEntries(seconds), rounds: others };
    });
    console.log(JSON.stringify({ cases, figures: plain }));
    return;
  }
  const words = process.argv.slice(2);
  const command = words.length > 0 ? `npm run bench:pull -- ${words.join(' ')}` : 'npm run bench:pull';
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  console.log(`\`${command}\` on ${machine}; medians of ${options.runs}\n`);
  const own = figures.find(({ puller }) => puller === 'slipway');
  console.log(`| seconds | ${figures.map(({ puller }) => puller).join(' | ')} |`);
  console.log(`|---|${figures.map(() => '---').join('|')}|`);
  for (const one of cases) {
    const base = median(own?.seconds.get(one.name) ?? []);
    const cells = figures.map((peer) => {
      const value = median(peer.seconds.get(one.name) ?? []);
      const times = peer === own || own === undefined ? '' : ` (${(value / base).toFixed(1)}×)`;
      return `${value.toFixed(2)}${times}`;
    });
    const size = `${(one.bytes / 1e6).toFixed(0)} MB, ${one.entries} entries`;
    console.log(`| ${one.name}: ${size} | ${cells.join(' | ')} |`);
  }
  const peak = ({ rounds }: Figures): string => Math.max(...rounds.map((one) => one.residentMegabytes)).toFixed(0);
  console.log(`| RSS at its peak, MB | ${figures.map(peak).join(' | ')} |`);
  const blocked = ({ rounds }: Figures): string => {
    const known = rounds.flatMap((one) => one.blockedMs ?? []);
    return known.length > 0 ? Math.max(...known).toFixed(0) : '–';
  };
  console.log(`| event loop blocked for at most, ms | ${figures.map(blocked).join(' | ')} |`);
}

if (options.help) console.log(usage);
else await main();
