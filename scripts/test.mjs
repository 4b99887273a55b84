#!/usr/bin/env node
// Everything that must hold before a change goes in: prepares the machine, builds,
// checks, tests.
//
//   node scripts/test.mjs                        all of it
//   node scripts/test.mjs packages/config test   the tests of these folders alone
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

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
/** Files that run together. More than half of their time is waiting: for processes, servers, time limits. */
const together = Math.min(8, Math.max(3, 2 * availableParallelism()));
/** Files that failed, of all parts. */
const failures = [];

/** Runs test files, `concurrency` at a time; each may take `seconds`. A file that fails fails the whole, and is named at the end. */
function runTests(name, concurrency, seconds, files) {
  const work = mkdtempSync(join(tmpdir(), 'sw-tests-'));
  const names = join(work, 'failed');
  const watch = ['--import', pathToFileURL(join(top, 'scripts/test-watch.mjs')).href];
  const paths = files.map((file) => join(top, file));
  const started = Date.now();
  console.log(`── ${name}`);
  const words = [...watch, join(top, 'scripts/run-tests.mjs'), names, concurrency, seconds + 60, ...paths];
  const { status } = spawnSync(node, words.map(String), {
    cwd: top,
    stdio: 'inherit',
    env: { ...process.env, SLIPWAY_TEST_SECONDS: String(seconds) },
  });
  const failed = existsSync(names) ? readFileSync(names, 'utf8').split('\n').filter(Boolean) : [];
  if (failed.length === 0 && status !== 0) failed.push(name);
  failures.push(...failed.map((file) => relative(top, file)));
  rmSync(work, { recursive: true });
  console.log(`── ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

step('setup', node, 'scripts/setup.mjs', '--tests');
step('build', node, 'scripts/build.mjs');
if (only.length === 0) {
  step('lint', bin('oxlint'), '--type-aware');
  step('types of scripts', bin('tsc'), '-p', 'scripts');
  step('format', bin('biome'), 'format', '.');
  step('generated code', node, 'scripts/generate-proto.mjs', '--check');
  step('generated docs', node, 'scripts/generate-docs.mjs', '--check');
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
  // Files of services take longest: no long one begins when all others are over.
  return ['services', 'packages'].flatMap((group) => readdirSync(join(top, group)).map((name) => join(group, name)));
}

const units = folders()
  .filter((folder) => folder !== 'test')
  .flatMap(testFiles);
if (units.length > 0) runTests('unit tests', together, 150, units);

// These start whole nodes, each of its own.
const whole = only.length === 0 || only.includes('test') ? testFiles('test') : [];
const nameOf = (file) => basename(file, '.test.js');
/** Files that compare figures with the machine's, or what is on the machine before and after: one at a time. */
const alone = ['reset', 'stats'];
/** Those that take longest begin first. */
const longest = [
  'swap',
  'restart',
  'verify-executor',
  'scale',
  'streaming',
  'chaos',
  'events',
  'live-scale',
  'kubectl',
  'foreign-images',
];
const rank = (file) => (longest.indexOf(nameOf(file)) + longest.length + 1) % (longest.length + 1);
if (whole.length > 0) {
  const others = whole.filter((file) => !alone.includes(nameOf(file)));
  runTests(
    `integration tests, ${together} at a time`,
    together,
    540,
    others.toSorted((one, other) => rank(one) - rank(other)),
  );
  runTests(
    'integration tests, one at a time',
    1,
    540,
    whole.filter((file) => alone.includes(nameOf(file))),
  );
}
if (failures.length > 0) {
  console.error(`── FAILED:\n   ${failures.join('\n   ')}`);
  process.exit(1);
}
console.log('── all passed');
