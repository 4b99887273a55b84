#!/usr/bin/env node
// Prepares the machine, builds, and measures: see packages/testbed/src/bench.
//
//   npm run bench            the life of pods
//   npm run bench:pull       pulls, beside containerd's
//   npm run bench:streaming  exec and port-forward, beside containerd's
//   npm run bench:rhythm     what a kubelet's calls cost, beside containerd's
//   npm run bench -- --help
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const mains = { pods: 'main.js', pull: 'pull/main.js', streaming: 'streaming.js', rhythm: 'rhythm/main.js' };
const [what, ...args] = process.argv[2] in mains ? process.argv.slice(2) : ['pods', ...process.argv.slice(2)];
if (process.getuid?.() !== 0) {
  process.stderr.write('bench: pods need root: run it as root\n');
  process.exit(1);
}
for (const [script, ...words] of [
  what === 'pods' ? ['scripts/setup.mjs'] : ['scripts/setup.mjs', '--peers'],
  ['scripts/build.mjs'],
  [`packages/testbed/dist/src/bench/${mains[what]}`, ...args],
]) {
  const { status } = spawnSync(process.execPath, [join(top, script), ...words], { stdio: 'inherit', cwd: top });
  if (status !== 0) process.exit(status ?? 1);
}
