#!/usr/bin/env node
// Everything that must hold before a change goes in: prepares the machine, builds,
// checks, tests.
//
//   node scripts/test.mjs                        all of it
//   node scripts/test.mjs packages/config test   the tests of these folders alone
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
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
/** Files that failed, of all parts. */
const failures = [];

/** Runs test files, `concurrency` at a time; each may take `seconds`. A file that fails fails the whole, and is named at the end. */
function runTests(name, concurrency, seconds, files) {
  const work = mkdtempSync(join(tmpdir(), 'sw-tests-'));
  const report = join(work, 'report.tap');
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  const tap = ['--test-reporter=tap', `--test-reporter-destination=${report}`];
  // The watch names the test that hangs; the runner's limit would name the file alone, and end it with its servers running.
  const watch = ['--import', pathToFileURL(join(top, 'scripts/test-watch.mjs')).href];
  const limits = [`--test-timeout=${(seconds + 60) * 1000}`, `--test-concurrency=${concurrency}`];
  const started = Date.now();
  console.log(`── ${name}`);
  const { status } = spawnSync(node, [...watch, '--test', ...limits, ...reporters, ...tap, ...files], {
    cwd: top,
    stdio: 'inherit',
    env: { ...process.env, SLIPWAY_TEST_SECONDS: String(seconds) },
  });
  if (status !== 0) {
    const named = failedFiles(readFileSync(report, 'utf8'));
    const failed = files.filter((file) => named.has(join(top, file)));
    failures.push(...(failed.length > 0 ? failed : [name]));
  }
  rmSync(work, { recursive: true });
  console.log(`── ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** The files of the failed tests in a TAP report, by the location that follows each. */
function failedFiles(tap) {
  const files = new Set();
  for (const [, location] of tap.matchAll(/^ *not ok [\s\S]*?^ *location: '(.*?):\d+:\d+'$/gm)) files.add(location);
  return files;
}

step('setup', node, 'scripts/setup.mjs', '--tests');
step('build', node, 'scripts/build.mjs');
if (only.length === 0) {
  step('lint', bin('oxlint'), '--type-aware');
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
  return ['packages', 'services'].flatMap((group) => readdirSync(join(top, group)).map((name) => join(group, name)));
}

const units = folders()
  .filter((folder) => folder !== 'test')
  .flatMap(testFiles);
if (units.length > 0) runTests('unit tests', 2, 150, units);
// These start whole nodes, each of its own, and wait much.
const whole = only.length === 0 || only.includes('test') ? testFiles('test') : [];
/** Files that compare figures with the machine's, or what is on the machine before and after: one at a time. */
const alone = ['bench', 'bench-stages', 'compose', 'hostile', 'null-handler', 'pod-resources', 'reset', 'stats'];
const isAlone = (file) => alone.includes(basename(file, '.test.js'));
if (whole.length > 0) {
  runTests(
    'integration tests, two at a time',
    2,
    540,
    whole.filter((file) => !isAlone(file)),
  );
  runTests('integration tests, one at a time', 1, 540, whole.filter(isAlone));
}
if (failures.length > 0) {
  console.error(`── FAILED:\n   ${failures.join('\n   ')}`);
  process.exit(1);
}
console.log('── all passed');
