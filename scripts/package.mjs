#!/usr/bin/env node
// Prepares the machine, builds, and makes the packages: see docs/install.md.
//
//   npm run package
//   npm run package -- --help
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const words = process.argv.slice(2);
const at = words.indexOf('--version');
for (const [script, ...args] of [
  ['scripts/setup.mjs'],
  ['scripts/build.mjs', ...(at < 0 ? [] : words.slice(at, at + 2))],
  ['packages/package/dist/src/main.js', ...words],
]) {
  const { status } = spawnSync(process.execPath, [join(top, script), ...args], { stdio: 'inherit', cwd: top });
  if (status !== 0) process.exit(status ?? 1);
}
