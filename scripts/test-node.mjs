#!/usr/bin/env node
// The node lane: boots Debian with systemd as pid 1, cgroup v2 and AppArmor in User-mode Linux and runs pods there.
// docs/node-lane.md says how it works and where it writes.
//
//   node scripts/test-node.mjs           Debian 13 and 12, everything
//   node scripts/test-node.mjs --short   Debian 13, what each change must not break
//   node scripts/test-node.mjs --long    the rest of it alone
//   node scripts/test-node.mjs --conformance   of that only a kubelet and critest
//   node scripts/test-node.mjs --qemu    what --short runs, with Debian's own kernels on QEMU
//   node scripts/test-node.mjs --package the Debian package and the archive, from their installation to their purge
//   node scripts/test-node.mjs --package --from TREE   the package that is upgraded is of another built clone
//
// The long form also runs a kubelet and critest where it is given their programs, and else skips them:
//   --kubelet PATH          a kubelet's binary
//   --critest PATH          critest's binary, of cri-tools
//   --critest-images DIR    the storage of a registry with the images that critest names
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const conformance = ['conformance-debian-13', 'conformance-debian-12'];
const forms = {
  '--short': ['short'],
  '--long': ['long-debian-13', 'long-debian-12', ...conformance],
  '--conformance': conformance,
  '--package': ['package'],
  // For developers: without KVM it takes hours.
  '--qemu': ['qemu-debian-13', 'qemu-debian-12'],
};
const usual = Object.keys(forms).filter((form) => form !== '--qemu');
/** Options with a path, and the variable that the tests read it from. */
const paths = {
  '--from': 'SLIPWAY_PACKAGE_FROM',
  '--kubelet': 'SLIPWAY_LANE_KUBELET',
  '--critest': 'SLIPWAY_LANE_CRITEST',
  '--critest-images': 'SLIPWAY_LANE_CRITEST_IMAGES',
};
const words = [];
const given = {};
for (const args = process.argv.slice(2); args.length > 0; ) {
  const word = args.shift() ?? '';
  if (!(word in paths)) {
    words.push(word);
    continue;
  }
  const path = args.shift();
  if (path === undefined || !existsSync(path)) {
    console.error(`test-node: ${word} needs the path of a file or directory that exists, not ${path ?? 'nothing'}`);
    process.exit(2);
  }
  given[word] = resolve(path);
}
const unknown = words.find((word) => !(word in forms));
if (unknown !== undefined) {
  console.error(`test-node: ${unknown} is none of ${[...Object.keys(forms), ...Object.keys(paths)].join(', ')}`);
  process.exit(2);
}
const chosen = [...new Set((words.length > 0 ? words : usual).flatMap((word) => forms[word]))];

const setup = ['setup.mjs', '--node', ...(words.includes('--qemu') ? ['--qemu'] : [])];
for (const script of [setup, ['build.mjs']]) {
  const { status } = spawnSync(process.execPath, [join(top, 'scripts', script[0]), ...script.slice(1)], {
    cwd: top,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

// A test that waits for a guest has limits of its own; this one ends a run that none of them ended. critest and emulated
// processors take hours.
const limitMs = '--critest' in given || words.includes('--qemu') ? 4 * 3_600_000 : 2_700_000;
const options = ['--test', '--test-concurrency=1', `--test-timeout=${limitMs}`, '--test-reporter=spec'];
const files = chosen.map((form) => join(top, 'test/dist/node', `${form}.js`));
const variables = Object.fromEntries(Object.entries(given).map(([option, path]) => [paths[option], path]));
const child = spawn(process.execPath, [...options, ...files], {
  cwd: top,
  stdio: 'inherit',
  env: { ...process.env, ...variables },
});
// The runner ends its tests, and each ends its guest.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  if (code !== 0) console.error(`── node lane failed${signal ? `: ${signal}` : ''}`);
  process.exitCode = code ?? 1;
});
