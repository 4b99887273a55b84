#!/usr/bin/env node
// Brings docker-compose.yml up for real at a place of its own, runs the demo against it,
// swaps executors under running pods, takes it down and looks for what is left.
//
//   npm run compose:check                      with the docker that runs, else one of its own
//   npm run compose:check -- --own-docker      with one of its own in any case
//   npm run compose:check -- --base IMAGE      built on this; default: node's from Docker Hub,
//                                              and where that cannot be reached, debootstrap's
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startOwnDocker } from './compose/own-docker.mjs';
import { expect, survivesItsExecutor } from './compose/survives.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values: options } = parseArgs({
  options: { 'own-docker': { type: 'boolean', default: false }, base: { type: 'string' } },
});
const undo = [];
/** Ends what is under way when the check is interrupted; cleaning up goes on without it. */
const interruption = new AbortController();
const scale = ['--scale', 'puller=2', '--scale', 'builder=2'];

/** Runs a program to its end; its output shows when it fails, or at once with `shown`. */
function run(command, args, { env = process.env, shown = false, signal = interruption.signal } = {}) {
  return new Promise((resolve, reject) => {
    // A group of its own: an interrupt at the keyboard reaches it through `signal` alone.
    const child = spawn(command, args, {
      cwd: top,
      env,
      stdio: ['ignore', shown ? 'inherit' : 'pipe', 'pipe'],
      detached: true,
      signal,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(' ')} failed:\n${output.slice(-4000)}`));
    });
  });
}

async function step(what, work) {
  const started = Date.now();
  const result = await work();
  console.log(`✓ ${what}  ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

function works(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Compose as a program of its own, or as docker's plugin. */
function composeCommand() {
  if (works('docker-compose', 'version')) return ['docker-compose'];
  if (works('docker', 'compose', 'version')) return ['docker', 'compose'];
  throw new Error("docker-compose is missing: install Debian's docker-compose");
}

/** A process in the host's namespaces: pid 1, unless this machine hides it from us. */
function hostPid() {
  try {
    readlinkSync('/proc/1/ns/mnt');
    return 1;
  } catch {
    return process.pid;
  }
}

async function baseImage() {
  if (options.base !== undefined) return options.base;
  if (works('docker', 'pull', '--quiet', 'node:20-bookworm-slim')) return 'node:20-bookworm-slim';
  await step('base image by debootstrap', () => run(process.execPath, ['scripts/compose-base.mjs']));
  return 'slipway-base:local';
}

/** Everything of the composed stack at a place that nothing else on this machine has. */
async function environmentOf(place, freePort) {
  const at = (name) => join(place.directory, name);
  return {
    ...process.env,
    COMPOSE_PROJECT_NAME: place.name,
    SLIPWAY_IMAGE: `${place.name}:local`,
    SLIPWAY_BASE: await baseImage(),
    SLIPWAY_HOST_PID: String(hostPid()),
    SLIPWAY_PORT: String(await freePort()),
    SLIPWAY_NODE: place.name,
    SLIPWAY_ROOT: at('root'),
    SLIPWAY_STATE: at('state'),
    SLIPWAY_KEYS: at('nats'),
    SLIPWAY_KUBELET: at('kubelet'),
    SLIPWAY_LOGS: at('logs'),
    SLIPWAY_CNI_CONF: at('cni.d'),
    SLIPWAY_CNI_BIN: at('cni-bin'),
    SLIPWAY_CERTS: at('certs.d'),
    SLIPWAY_CGROUP_PARENT: place.cgroup,
    SLIPWAY_NETWORK_OWN_NAME: place.name,
    SLIPWAY_NETWORK_OWN_BRIDGE: place.bridge,
    SLIPWAY_NETWORK_OWN_SUBNET: place.subnet,
  };
}

async function main() {
  if (process.getuid?.() !== 0) throw new Error('pods need root: run it as root');
  for (const script of ['setup', 'build']) await run(process.execPath, [`scripts/${script}.mjs`], { shown: true });
  const testbed = await import('../packages/testbed/dist/src/index.js');
  const { freePort } = await import('../packages/test-servers/dist/src/index.js');
  const { loadSettings } = await import('../packages/config/dist/src/index.js');
  const [compose, ...words] = composeCommand();

  if (options['own-docker'] || !works('docker', 'info')) {
    const docker = await step('a docker of its own', startOwnDocker);
    undo.push(docker.stop);
    process.env.DOCKER_HOST = docker.host;
  }
  const place = testbed.choosePlace();
  undo.push(() => testbed.tearDown(place));
  const env = await environmentOf(place, freePort);
  const composed = (...args) => run(compose, [...words, ...args], { env });
  const never = new AbortController().signal;
  const directories = [env.SLIPWAY_ROOT, env.SLIPWAY_STATE, env.SLIPWAY_KUBELET];
  const down = () => run(compose, [...words, 'down', '--volumes', '--remove-orphans'], { env, signal: never });
  await step('image', () => composed('build'));
  undo.push(() => run('docker', ['rmi', '--force', env.SLIPWAY_IMAGE], { signal: never }));
  undo.push(down);
  // Undone in the opposite order: they are there to be asked until `down`.
  undo.push(async () => {
    if (process.exitCode) console.error(await composed('logs', '--no-color', '--tail', '5'));
  });
  await step('up, with two pullers and two builders', () => composed('up', '--detach', ...scale));

  const { settings } = loadSettings({ env: { ...env, SLIPWAY_NATS_URL: '', SLIPWAY_PORT: undefined } });
  const socket = join(settings.state, 'slipway.sock');
  mkdirSync(env.SLIPWAY_LOGS, { recursive: true });
  const demo = ['packages/testbed/dist/src/demo/main.js', '--socket', socket, '--logs', env.SLIPWAY_LOGS];
  await run(process.execPath, demo, { shown: true });
  console.log('');

  const cri = testbed.criClient(socket);
  undo.push(() => Promise.resolve(cri.close()));
  const registry = await testbed.startRegistry();
  undo.push(registry.stop.bind(registry));
  const { reference: image } = await testbed.buildBusyboxImage({ registry });
  await cri.pullImage({ image: { image } });
  const { kubeletNamespaces } = testbed;
  for (const handler of ['crun', 'runc', 'runsc']) {
    const pod = { cri, kubeletNamespaces, handler, image, logs: env.SLIPWAY_LOGS, root: settings.root };
    await step(`a pod outlives its executor-${handler}`, () =>
      survivesItsExecutor({ ...pod, compose: (...args) => composed(...args) }),
    );
  }
  const stray = testbed.podLeftovers({ place, settings, root: settings.root, state: settings.state });
  // The directories that are shared are mounts themselves until they are released.
  const shared = new Set(directories.map((directory) => `mount ${directory}`));
  const mine = stray.filter((one) => !shared.has(one) && !isService(one));
  expect(mine.length === 0, `pods leave nothing, but left\n${mine.join('\n')}`);
  console.log('✓ pods left nothing');

  await step('down', async () => {
    await composed('stop');
    await composed('run', '--rm', '--no-deps', 'host-paths', 'release', ...directories);
    await down();
  });
  undo.splice(undo.indexOf(down), 1);
  const label = `label=com.docker.compose.project=${place.name}`;
  for (const kind of ['container', 'volume', 'network']) {
    const all = kind === 'container' ? ['--all'] : [];
    const left = await run('docker', [kind, 'ls', ...all, '--quiet', '--filter', label]);
    expect(left === '', `down leaves no ${kind}, but left ${left}`);
  }
  const left = testbed.nodeLeftovers(place).filter((one) => /^(mount|process)/.test(one));
  expect(left.length === 0, `down leaves no mount and no process, but left\n${left.join('\n')}`);
  console.log('✓ down left nothing');
}

/** Processes of the stack itself name the place's directory, too. */
function isService(line) {
  return /^process \d+ (\S*node|nats-server|redis-server|\S*containerd-shim\S*|\S*docker\S*|tini) /.test(line);
}

const interrupted = new Promise((_resolve, reject) => {
  for (const name of ['SIGINT', 'SIGTERM']) {
    process.once(name, () => {
      reject(new Error(`ended by ${name}`));
      interruption.abort();
    });
  }
});
try {
  await Promise.race([main(), interrupted]);
} catch (error) {
  process.exitCode = 1;
  console.error(`✗ ${error.message}`);
}
for (const undone of undo.toReversed()) {
  await undone().catch((error) => {
    process.exitCode = 1;
    console.error(`✗ cleaning up: ${error.message}`);
  });
}
console.log(process.exitCode ? 'The check failed.' : 'The composed stack works, and nothing is left.');
