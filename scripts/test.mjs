#!/usr/bin/env node
// Everything that must hold before a change goes in: prepares the machine, builds,
// checks, tests.
//
//   node scripts/test.mjs                        all of it
//   node scripts/test.mjs packages/config test   the tests of these folders alone
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(top, 'node_modules', '.bin', name);
const only = process.argv.slice(2).map((path) => path.replace(/\/+$/, ''));

function step(name, command, ...args) {
  const started = Date.now();
  console.log(`── ${name}`);
  const { status, error } = spawnSync(command, args, { cwd: top, stdio: 'inherit' });
  if (error) console.error(error.message);
  if (status !== 0) {
    console.error(`── ${name} failed`);
    process.exit(status || 1);
  }
  console.log(`── ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

const node = process.execPath;
step('setup', node, 'scripts/setup.mjs', '--tests');
step('build', node, 'scripts/build.mjs');
if (only.length === 0) {
  step('lint', bin('oxlint'), '--type-aware');
  step('format', bin('biome'), 'format', '.');
  step('generated code', node, 'scripts/generate-proto.mjs', '--check');
  step('generated docs', node, 'scripts/generate-config-doc.mjs', '--check');
  step('dependency rules', node, 'scripts/check-dependencies.mjs');
  step('fields of the CRI', node, 'scripts/check-cri-fields.mjs');
}

/** Compiled test files of a folder; test/ itself compiles to test/dist. */
function testFiles(directory) {
  const at = directory === 'test' ? 'test/dist' : join(directory, 'dist/test');
  if (!existsSync(join(top, at))) return [];
  const names = readdirSync(join(top, at), { recursive: true, encoding: 'utf8' });
  // What was compiled from a test that is gone is no test.
  const source = directory === 'test' ? 'test' : join(directory, 'test');
  return names
    .filter((name) => name.endsWith('.test.js') && existsSync(join(top, source, name.replace(/\.js$/, '.ts'))))
    .map((name) => join(at, name))
    .sort();
}

function folders() {
  if (only.length > 0) return only;
  return ['packages', 'services'].flatMap((group) => readdirSync(join(top, group)).map((name) => join(group, name)));
}

// A time-out ends a file that hangs, and names it.
const units = folders()
  .filter((folder) => folder !== 'test')
  .flatMap(testFiles);
if (units.length > 0) step('unit tests', node, '--test', '--test-timeout=180000', '--test-concurrency=2', ...units);
// These start whole nodes and look at the whole machine: one at a time.
const whole = only.length === 0 || only.includes('test') ? testFiles('test') : [];
if (whole.length > 0)
  step('integration tests', node, '--test', '--test-timeout=600000', '--test-concurrency=1', ...whole);
console.log('── all passed');
