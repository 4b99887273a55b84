import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cannotRun, openLab } from '../support/lab.js';
import { runSwaps } from './swap.js';

const help = `Swaps the executor of a node under load, and fails when a call fails or anything is lost.

  npm run swap                      twenty times, with three pods at once
  npm run swap -- --times 100 --workers 6
`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '20' },
    workers: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(help);
} else if (cannotRun) {
  process.stderr.write(`${cannotRun}\n`);
  process.exitCode = 1;
} else {
  const lab = await openLab({ handlers: ['crun'] });
  try {
    const { pods, exits, execs, lines } = await runSwaps(lab, {
      times: Number(values.times),
      workers: Number(values.workers),
      swapped: (at, ms) => process.stdout.write(`swap ${at}: ${(ms / 1000).toFixed(1)} s\n`),
    });
    process.stdout.write(
      `${values.times} swaps, ${pods} pods, ${execs} execs, ${exits} exits, ${lines} log lines: nothing was lost\n`,
    );
  } catch (error) {
    const log = join(tmpdir(), `slipway-swap-${process.pid}.log`);
    writeFileSync(log, lab.node.logs());
    process.stderr.write(`${(error as Error).message}\nthe node's log: ${log}\n`);
    process.exitCode = 1;
  }
  // Leftovers of a failed run are no further finding.
  await lab.close().catch((error: unknown) => {
    if (process.exitCode !== 1) throw error;
  });
}
