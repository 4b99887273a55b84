import { parseArgs } from 'node:util';
import { openStartPlace, type Startable } from './start.js';

const help = `How long a stage's instance takes from its spawn until it has answered its first call.

  npm run bench:scale
  npm run bench:scale -- --runs 30
`;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '15' }, help: { type: 'boolean', default: false } },
});
const stages: Startable[] = ['puller', 'builder', 'executor', 'gateway'];

if (values.help) {
  process.stdout.write(help);
} else if (process.getuid?.() !== 0) {
  process.stderr.write('bench: executors need root: run it as root\n');
  process.exitCode = 1;
} else {
  const place = await openStartPlace();
  try {
    const times = new Map<Startable, number[]>(stages.map((stage) => [stage, []]));
    // In turns, so that what else the machine does meets all of them alike.
    for (let run = 0; run < Number(values.runs); run++) {
      for (const stage of stages) times.get(stage)?.push(await place.start(stage));
    }
    process.stdout.write('| ms until the first answer | median | fastest | slowest |\n|---|---|---|---|\n');
    for (const [stage, all] of times) {
      const sorted = all.toSorted((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
      const row = [median, sorted[0] ?? 0, sorted.at(-1) ?? 0].map((ms) => ms.toFixed(0));
      process.stdout.write(`| ${stage} | ${row.join(' | ')} |\n`);
    }
  } finally {
    await place.close();
  }
}
