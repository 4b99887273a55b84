#!/usr/bin/env node
// Copies what a built Slipway runs with, and nothing else, into a directory: bundles, what V8 compiled of them, koffi.
//
//   node scripts/pack.mjs DIRECTORY     DIRECTORY/packages/cli/bin/slipway is the command then
import { cpSync, mkdirSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const [to] = process.argv.slice(2);
if (!to) {
  console.error('usage: node scripts/pack.mjs DIRECTORY');
  process.exit(2);
}

/** The files that the build wrote for a part, as it lists them itself, without what is for debugging. */
function files(part) {
  const { outputs } = JSON.parse(readFileSync(join(top, part, 'dist/bundle.json'), 'utf8'));
  return ['package.json', ...outputs.map((file) => file.slice(part.length + 1))].filter(
    (file) => !file.endsWith('.map'),
  );
}

/** @param {(file: string) => boolean} [filter] */
function copy(from, name, filter) {
  mkdirSync(dirname(join(to, name)), { recursive: true });
  cpSync(from, join(to, name), { recursive: true, dereference: true, filter });
}

for (const part of [
  'packages/cli',
  'packages/testbed',
  ...readdirSync(join(top, 'services')).map((name) => `services/${name}`),
]) {
  for (const file of files(part)) copy(join(top, part, file), join(part, file));
}
copy(join(top, 'packages/cli/bin'), 'packages/cli/bin');
// With the package beside it that holds the native part, for the C library of Node's own builds. Sources, documents and
// what compiles koffi where there is no such package are left out.
const unused =
  /\/(doc|vendor|lib|abi|musl_[^/]*|cnoke\.cjs|trampolines\.cjs|CMakeLists\.txt)$|\.(md|d\.ts|cc|hh|inc|def)$/;
const koffi = dirname(realpathSync(join(top, 'packages/linux/node_modules/koffi')));
for (const name of readdirSync(koffi))
  copy(join(koffi, name), join('node_modules', name), (file) => !unused.test(file));
