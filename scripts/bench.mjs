#!/usr/bin/env node
// Prepares the machine, builds, and measures: see packages/testbed/src/bench.
//
//   npm run bench
//   npm run bench -- --help
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
if (process.getuid?.() !== 0) {
  process.stderr.write('bench: pods need root: run it as root\n');
  process.exit(1);
}
for (const [script, ...args] of [
  ['scripts/setup.mjs'],
  ['scripts/build.mjs'],
  ['packages/testbed/dist/src/bench/main.js', ...process.argv.slice(2)],
]) {
  const { status } = spawnSync(process.execPath, [join(top, script), ...args], { stdio: 'inherit', cwd: top });
  if (status !== 0) process.exit(status ?? 1);
}
