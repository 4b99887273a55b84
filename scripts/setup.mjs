#!/usr/bin/env node
// Prepares a machine and a clone: Debian packages, then pnpm dependencies. Names each
// thing that it installs, and does nothing where nothing is missing.
//
//   node scripts/setup.mjs            what a node, the demo and the benchmark need
//   node scripts/setup.mjs --tests    and what the tests compare with
//   node scripts/setup.mjs --node     and what boots guests: scripts/test-node.mjs
//   node scripts/setup.mjs --qemu     and what boots them with Debian's own kernels
//   node scripts/setup.mjs --peers    and what benchmarks compare with
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Debian packages, and what each is for. */
const packages = {
  'nats-server': 'the bus between stages',
  'redis-server': 'the records',
  conmon: 'holds containers',
  runc: 'OCI runtime',
  crun: 'OCI runtime',
  runsc: 'OCI runtime: gVisor',
  catatonit: 'the init of infra containers',
  'containernetworking-plugins': 'CNI plugins',
  iptables: 'masquerading and host ports',
  iproute2: 'looks at networks in tests',
  isal: 'fast gzip: igzip',
  'busybox-static': 'the embedded image of demo and tests',
  'docker-registry': 'the registry of demo and tests',
};

/** What only the tests need besides. */
const testPackages = {
  umoci: 'what our unpacking is compared with',
  'docker.io': 'builds, pushes and saves images as users do',
  buildah: 'builds images in its own way',
  containerd: "its client ctr, which asks as a kubelet's cAdvisor does",
  attr: 'extended attributes of files in those images',
  'libcap2-bin': 'capabilities of files in those images',
  skopeo: 'makes Docker images of OCI ones',
  zstd: 'makes and reads zstd layers',
  openssl: 'certificates of test registries',
  gcc: 'compiles what steps the wall clock of a Redis',
  'libc6-dev': 'the headers for that',
  bubblewrap: 'runs the containers of the example executor',
  python3: 'sends terminals as an OCI runtime does',
  'docker-compose': 'reads docker-compose.yml',
  'golang-go': 'builds the peer that our streaming is tested with',
  'golang-github-docker-spdystream-dev': "that peer's SPDY: the one of kubectl and the kubelet",
  // Another package's kubectl does as well, and stands in the way of this one.
  ...(spawnSync('kubectl', ['version', '--client']).error
    ? { 'kubernetes-client': 'a kubectl for exec, attach, cp and port-forward' }
    : {}),
  'golang-github-opencontainers-specs-dev': 'the JSON schema of config.json',
  mandoc: 'checks man pages',
  zsh: 'a shell whose completion is tried',
  fish: 'another one',
};
if (process.argv.includes('--tests')) Object.assign(packages, testPackages);

/** What makes and boots the guests of the node lane. */
const nodePackages = {
  'user-mode-linux': 'the kernel of guests',
  mmdebstrap: 'makes their root file systems',
  'debian-archive-keyring': "the keys of Debian's releases",
  e2fsprogs: 'puts those into images',
  gcc: 'compiles test/node/uml-xstate.c',
  'libc6-dev': 'the headers for that',
};
if (process.argv.includes('--node')) Object.assign(packages, nodePackages);
if (process.argv.includes('--qemu')) packages['qemu-system-x86'] = "boots guests with Debian's own kernels";

/** What benchmarks measure beside Slipway. */
const peerPackages = {
  containerd: 'the runtime that benchmarks compare with',
  pigz: 'its fast gzip: unpigz',
  'golang-go': "builds the streaming benchmark's client",
  'golang-github-docker-spdystream-dev': "that client's SPDY: the one of kubectl and the kubelet",
};
if (process.argv.includes('--peers')) Object.assign(packages, peerPackages);

function fail(message) {
  process.stderr.write(`setup: ${message}\n`);
  process.exit(1);
}

function missingPackages() {
  const names = Object.keys(packages);
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n', ...names], {
    encoding: 'utf8',
  });
  if (query.error)
    fail('dpkg-query is missing: this prepares Debian 12; elsewhere install by hand what scripts/setup.mjs lists');
  const installed = new Set();
  for (const line of query.stdout.split('\n')) {
    const [name, status] = line.split(' ');
    if (status === 'installed') installed.add(name);
  }
  return names.filter((name) => !installed.has(name));
}

function apt(...args) {
  return spawnSync('apt-get', ['-y', '-q', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 << 20,
  });
}

function known(names) {
  return spawnSync('apt-cache', ['show', '--no-all-versions', ...names], { stdio: 'ignore' }).status === 0;
}

/**
 * Packages of servers start them when they are installed, which could meet one that
 * runs already: while policy-rc.d says 101, nothing is started (see invoke-rc.d(8)).
 */
function withoutDaemons(work) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  const remove = () => rmSync(policy, { force: true });
  const interrupted = () => {
    remove();
    process.exit(130);
  };
  if (ours) {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    process.once('SIGINT', interrupted);
    process.once('SIGTERM', interrupted);
  }
  try {
    return work();
  } finally {
    if (ours) remove();
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  }
}

function installPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0)
    fail(`these Debian packages are missing and only root can install them: ${missing.join(' ')}`);
  if (!known(missing)) {
    console.log("setup: reading Debian's package lists");
    const update = apt('update');
    if (update.status !== 0 || !known(missing)) {
      fail(`Debian's package lists cannot be read: is this machine offline?\n${update.stderr}`);
    }
  }
  withoutDaemons(() => {
    for (const name of missing) {
      console.log(`setup: installing ${name} (${packages[name]})`);
      let result = apt('install', '--no-install-recommends', name);
      if (result.status !== 0) {
        // The lists may be older than what the mirror still has.
        apt('update');
        result = apt('install', '--no-install-recommends', name);
      }
      if (result.status !== 0) fail(`${name} could not be installed:\n${result.stdout}${result.stderr}`);
    }
  });
}

/** Everything that decides what pnpm installs. */
function dependencyStamp() {
  const files = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml'];
  for (const group of ['packages', 'services']) {
    for (const name of existsSync(join(top, group)) ? readdirSync(join(top, group)).sort() : []) {
      files.push(join(group, name, 'package.json'));
    }
  }
  files.push('test/package.json');
  const hash = createHash('sha256');
  for (const file of files) {
    if (existsSync(join(top, file))) hash.update(`${file}\0`).update(readFileSync(join(top, file)));
  }
  return hash.digest('hex');
}

function installDependencies() {
  const stampFile = join(top, 'node_modules', '.slipway-setup');
  const stamp = dependencyStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const { packageManager } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
  console.log(`setup: installing the dependencies in pnpm-lock.yaml with ${packageManager}`);
  const install = spawnSync(
    'npx',
    ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only'],
    {
      cwd: top,
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      env: { ...process.env, CI: 'true' },
      maxBuffer: 64 << 20,
    },
  );
  if (install.error) fail('npx is missing: install npm beside node');
  if (install.status !== 0) fail(`pnpm failed: is the npm registry reachable?\n${install.stdout}${install.stderr}`);
  for (const line of install.stdout.split('\n')) if (/^\+ |^Packages: |^Done/.test(line)) console.log(`setup: ${line}`);
  writeFileSync(stampFile, stamp);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || major === 21 || (major === 20 && minor < 19) || (major === 22 && minor < 12)) {
  fail(`node ${process.version} is too old: 20.19, 22.12 or newer`);
}
if (process.platform !== 'linux') fail('Slipway runs on Linux alone');
installPackages();
installDependencies();
