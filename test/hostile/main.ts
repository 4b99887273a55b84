import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cannotRun, openLab } from '../support/lab.js';
import { attackTests } from './attacks.js';
import { runFuzzer } from './fuzzer.js';
import { fuzzers } from './fuzzers/index.js';

const names = fuzzers.map(({ name }) => name).join(', ');
const help = `Attacks a node of its own: the tests of attacks, then random hostile input.

  npm run hostile                          the attacks, then each fuzzer for a minute
  npm run hostile -- --minutes 10          each fuzzer for ten
  npm run hostile -- --only tar,spdy       these fuzzers, without the attacks
  npm run hostile -- --only tar --seed 77  with this seed first: how a failure is tried again

Fuzzers: ${names}
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    only: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(help);
} else if (cannotRun) {
  process.stderr.write(`${cannotRun}\n`);
  process.exitCode = 1;
} else {
  process.exitCode = (values.only === undefined && !runAttacks()) || !(await runFuzzers()) ? 1 : 0;
}

function runAttacks(): boolean {
  const top = fileURLToPath(new URL('../../../', import.meta.url));
  const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...attackTests], {
    cwd: top,
    stdio: 'inherit',
  });
  return status === 0;
}

async function runFuzzers(): Promise<boolean> {
  const wanted = values.only?.split(',');
  const chosen = fuzzers.filter(({ name }) => wanted?.includes(name) ?? true);
  if (chosen.length === 0) {
    process.stderr.write(`no such fuzzer: ${values.only}; there are ${names}\n`);
    return false;
  }
  const lab = await openLab({ handlers: ['crun'] });
  try {
    for (const fuzzer of chosen) {
      const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
      const { cases, grown } = await runFuzzer(lab, fuzzer, { ms: Number(values.minutes) * 60_000, seed });
      const mebibytes = (grown / 2 ** 20).toFixed(0);
      process.stdout.write(`${fuzzer.name}: ${cases} inputs from seed ${seed} on, memory ${mebibytes} MiB more\n`);
    }
    return true;
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    return false;
  } finally {
    await lab.close();
  }
}
