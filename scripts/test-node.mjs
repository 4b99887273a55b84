#!/usr/bin/env node
// The node lane: boots Debian with systemd as pid 1, cgroup v2 and AppArmor in User-mode Linux and runs pods there.
// docs/node-lane.md says how it works and where it writes.
//
//   node scripts/test-node.mjs           Debian 13 and 12, everything
//   node scripts/test-node.mjs --short   Debian 13, what each change must not break
//   node scripts/test-node.mjs --long    the rest of it alone
//   node scripts/test-node.mjs --package the Debian package and the archive, from their installation to their purge
//   node scripts/test-node.mjs --package --from TREE   the package that is upgraded is of another built clone
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const forms = { '--short': ['short'], '--long': ['long-debian-13', 'long-debian-12'], '--package': ['package'] };
const words = process.argv.slice(2);
const from = words.indexOf('--from');
const [, fromTree] = from < 0 ? [] : words.splice(from, 2);
const unknown = words.find((word) => !(word in forms));
if (unknown !== undefined) {
  console.error(`test-node: ${unknown} is none of ${Object.keys(forms).join(', ')}`);
  process.exit(2);
}
const chosen = words.length > 0 ? words.flatMap((word) => forms[word]) : Object.values(forms).flat();

for (const script of [['setup.mjs', '--node'], ['build.mjs']]) {
  const { status } = spawnSync(process.execPath, [join(top, 'scripts', script[0]), ...script.slice(1)], {
    cwd: top,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

// A test that waits for a guest has limits of its own; this one ends a run that none of them ended.
const options = ['--test', '--test-concurrency=1', '--test-timeout=2700000', '--test-reporter=spec'];
const files = chosen.map((form) => join(top, 'test/dist/node', `${form}.js`));
const env = { ...process.env, ...(fromTree && { SLIPWAY_PACKAGE_FROM: resolve(fromTree) }) };
const child = spawn(process.execPath, [...options, ...files], { cwd: top, stdio: 'inherit', env });
// The runner ends its tests, and each ends its guest.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  if (code !== 0) console.error(`── node lane failed${signal ? `: ${signal}` : ''}`);
  process.exitCode = code ?? 1;
});
