import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { detectCgroups } from '@slipway/cgroups';
import { SandboxPhase } from '@slipway/contracts';
import { NamespaceMode } from '@slipway/cri';
import { ownCgroupParent } from '../src/sandbox/cgroup.js';
import { createSandbox } from '../src/sandbox/create.js';
import { removeSandbox } from '../src/sandbox/remove.js';
import { stopSandbox } from '../src/sandbox/stop.js';
import { skip, until } from './harness.js';
import { inNamespace, pings, SandboxHarness } from './sandbox-harness.js';

const { POD, NODE, CONTAINER } = NamespaceMode;

test('a sandbox has an address that the host and other sandboxes reach', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const [one, two] = await Promise.all([harness.ready(context), harness.ready(context)]);
  assert.equal(one.phase, SandboxPhase.SANDBOX_READY);
  assert.equal(one.ips.length, 1);
  assert.notEqual(one.ips[0], two.ips[0]);
  assert.ok(pings(one.ips[0] as string), 'from the host');
  assert.ok(pings(two.ips[0] as string, one.namespaces), 'from the other sandbox');
  assert.ok(pings('127.0.0.1', one.namespaces), 'loopback');
  assert.deepEqual(Object.keys(one.namespaces).toSorted(), ['ipc', 'net', 'uts']);
  assert.deepEqual(
    harness.events.map(({ phase }) => phase),
    ['READY', 'READY'],
  );
});

test("a sandbox's namespaces hold its hostname, its sysctls and shared defaults", { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const sysctls = {
    'net.ipv4.ip_local_port_range': '20000 30000',
    'kernel.shm_rmid_forced': '1',
    'kernel.sem': '1 2 3 4',
  };
  const { namespaces } = await harness.ready(context, {
    linux: { sysctls, securityContext: { namespaceOptions: { network: POD, pid: CONTAINER, ipc: POD } } },
  });
  const read = (path: string): string =>
    inNamespace(namespaces, ['cat', `/proc/sys/${path}`])
      .trim()
      .replaceAll('\t', ' ');
  assert.equal(inNamespace(namespaces, ['hostname']).trim(), 'pod-name');
  assert.equal(read('net/ipv4/ip_local_port_range'), '20000 30000');
  assert.equal(read('kernel/shm_rmid_forced'), '1');
  assert.equal(read('kernel/sem'), '1 2 3 4');
  assert.equal(read('net/ipv4/ip_unprivileged_port_start'), '0');
  assert.equal(read('net/ipv4/ping_group_range'), '0 2147483647');
});

test('a value that the kernel refuses for a sysctl is refused by the name of the sysctl', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const sandbox = await harness.reserve({ linux: { sysctls: { 'net.ipv4.ip_local_port_range': 'x' } } });
  await assert.rejects(harness.create(context, sandbox), {
    code: 'INVALID_REQUEST',
    message: /a sysctl cannot be set: .*ip_local_port_range: EINVAL .*"x"/,
  });
  assert.deepEqual(harness.leftovers(sandbox.id), []);
});

test('a sysctl that the kernel does not know is refused and leaves nothing', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const sandbox = await harness.reserve({ linux: { sysctls: { 'net.ipv4.no_such_thing': '1' } } });
  await assert.rejects(harness.create(context, sandbox), {
    code: 'INVALID_REQUEST',
    message: /^namespaces: .*no_such_thing/,
  });
  assert.deepEqual(harness.leftovers(sandbox.id), []);
});

test('the files of a sandbox are those of its config', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const dnsConfig = {
    servers: ['10.0.0.10', 'fd00::a'],
    searches: ['ns.svc.cluster.local', 'svc'],
    options: ['ndots:5'],
  };
  const { directory } = await harness.ready(context, { dnsConfig });
  const resolvConf = readFileSync(join(directory, 'resolv.conf'), 'utf8');
  assert.equal(
    resolvConf,
    'search ns.svc.cluster.local svc\nnameserver 10.0.0.10\nnameserver fd00::a\noptions ndots:5\n',
  );
  assert.equal(readFileSync(join(directory, 'hostname'), 'utf8'), 'pod-name\n');
  const shm = join(directory, 'shm');
  const { type, blocks, bsize } = statfsSync(shm);
  assert.equal(type, 0x01021994, 'tmpfs');
  assert.equal(blocks * bsize, 64 << 20);
  assert.equal(statSync(shm).mode & 0o7777, 0o1777);
});

test("a pod's /dev/shm is out of reach for users of the host", { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const { directory } = await harness.ready(await harness.instance());
  const shm = join(directory, 'shm');
  assert.throws(() => execFileSync('ls', [shm], { uid: 65534, gid: 65534, stdio: 'pipe' }), /Permission denied/);
});

test('a container cannot fill the state directory by its resolv.conf', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const { directory } = await harness.ready(await harness.instance());
  for (const name of ['resolv.conf', 'hostname']) {
    assert.throws(() => writeFileSync(join(directory, name), Buffer.alloc(1 << 20)), { code: 'ENOSPC' });
  }
});

test('without DNS settings a sandbox has the resolver of the host', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const { directory } = await harness.ready(await harness.instance());
  assert.equal(readFileSync(join(directory, 'resolv.conf'), 'utf8'), readFileSync('/etc/resolv.conf', 'utf8'));
});

test('DNS settings that would add lines are refused', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const sandbox = await harness.reserve({ dnsConfig: { servers: ['10.0.0.10\nnameserver 6.6.6.6'] } });
  await assert.rejects(harness.create(context, sandbox), { code: 'INVALID_REQUEST' });
  assert.deepEqual(harness.leftovers(sandbox.id), []);
});

test('a sandbox on the host network and IPC has neither namespaces nor an address', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const both = await harness.ready(context, {
    linux: { securityContext: { namespaceOptions: { network: NODE, ipc: NODE, pid: CONTAINER } } },
  });
  assert.deepEqual([both.ips, both.namespaces], [[], {}]);
  assert.equal(readFileSync(join(both.directory, 'hostname'), 'utf8'), `${hostname()}\n`);
  const network = await harness.ready(context, {
    linux: { securityContext: { namespaceOptions: { network: NODE, ipc: POD, pid: CONTAINER } } },
  });
  assert.deepEqual(Object.keys(network.namespaces), ['ipc']);
  assert.deepEqual(harness.leases(), []);
});

test('a pod without a cgroup parent gets one of its own, which goes with it', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const { id, cgroupParent } = await harness.ready(context);
  assert.equal(cgroupParent, ownCgroupParent(harness.settings, id));
  const directories = detectCgroups().directories(cgroupParent);
  for (const directory of directories) assert.ok(statSync(directory).isDirectory());
  await removeSandbox(context, { id }, harness.call());
  assert.deepEqual(harness.leftovers(id), []);
  const kubelets = await harness.ready(context, { linux: { cgroupParent: '/kubepods/besteffort/pod1' } });
  assert.equal(kubelets.cgroupParent, '/kubepods/besteffort/pod1');
});

test('the same create again, concurrently and later, answers the same sandbox', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const [one, two] = [await harness.instance(), await harness.instance()];
  const sandbox = await harness.reserve();
  const [first, second] = await Promise.all([harness.create(one, sandbox), harness.create(two, sandbox)]);
  assert.deepEqual(first, second);
  assert.deepEqual(await harness.create(two, sandbox), first);
  assert.equal(harness.leases().length, 1);
});

test('what a try left that died half-way is cleared by the next', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const made = await harness.ready(context);
  await harness.records.sandboxes.transition(made.id, (now) => ({ ...now, phase: SandboxPhase.SANDBOX_INTENT }));
  const again = await harness.create(context, made);
  assert.equal(again.phase, SandboxPhase.SANDBOX_READY);
  assert.ok(pings(again.ips[0] as string));
  assert.equal(harness.leases().length, 1);
});

test('a plugin that fails names the step and leaves nothing', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const { bridge, subnet, dataDir } = harness.settings.network.own;
  const list = {
    cniVersion: '1.0.0',
    name: `swt${harness.name}`,
    plugins: [
      { type: 'bridge', bridge, ipam: { type: 'host-local', ranges: [[{ subnet }]], dataDir } },
      { type: 'tuning', sysctl: { 'net.ipv4.no_such_thing': '1' } },
    ],
  };
  writeFileSync(join(harness.confDir, '10-bad.conflist'), JSON.stringify(list));
  const context = await harness.instance();
  const sandbox = await harness.reserve();
  await assert.rejects(harness.create(context, sandbox), { code: 'NETWORK_FAILED', message: /^network: .*tuning/ });
  assert.deepEqual(harness.leftovers(sandbox.id), []);
  assert.deepEqual(harness.leases(), []);
  assert.equal((await harness.record(sandbox.id)).phase, SandboxPhase.SANDBOX_INTENT);
});

test('a list that cannot be parsed is an error with its place, not a reason for another network', {
  skip,
}, async (t) => {
  const harness = await SandboxHarness.open(t);
  const file = join(harness.confDir, '10-broken.conflist');
  writeFileSync(file, '{\n  "name": oops\n}');
  const context = await harness.instance();
  assert.equal(context.network.status().ready, false);
  const sandbox = await harness.reserve();
  await assert.rejects(harness.create(context, sandbox), {
    code: 'INVALID_CONFIG',
    message: /10-broken\.conflist:2:\d+/,
  });
  assert.deepEqual(harness.leftovers(sandbox.id), []);
});

test('stop and remove leave nothing and can be repeated', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const { id, ips } = await harness.ready(context);
  await stopSandbox(context, { id }, harness.call());
  const stopped = await harness.record(id);
  assert.equal(stopped.phase, SandboxPhase.SANDBOX_NOT_READY);
  assert.deepEqual(stopped.ips, ips);
  assert.deepEqual(harness.leases(), []);
  assert.deepEqual(
    harness.leftovers(id).filter((path) => path.includes('/ns/')),
    [],
  );
  await stopSandbox(context, { id }, harness.call());
  await removeSandbox(context, { id }, harness.call());
  assert.deepEqual(harness.leftovers(id), []);
  await removeSandbox(context, { id }, harness.call());
  await harness.records.sandboxes.delete(id);
  await stopSandbox(context, { id }, harness.call());
  await removeSandbox(context, { id }, harness.call());
  assert.deepEqual(
    harness.events.filter((event) => event.id === id).map(({ phase }) => phase),
    ['READY', 'NOT_READY'],
  );
});

test('remove stops a sandbox that runs', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const { id } = await harness.ready(context);
  await removeSandbox(context, { id }, harness.call());
  assert.equal((await harness.record(id)).phase, SandboxPhase.SANDBOX_NOT_READY);
  assert.deepEqual(harness.leftovers(id), []);
});

test('a sandbox that was stopped cannot be made again', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const made = await harness.ready(context);
  await stopSandbox(context, { id: made.id }, harness.call());
  await assert.rejects(harness.create(context, made), { code: 'SANDBOX_NOT_READY' });
});

test('a sandbox that is removed while it is made leaves nothing', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const sandbox = await harness.reserve();
  const rejected = assert.rejects(harness.create(context, sandbox), { code: 'SANDBOX_NOT_FOUND' });
  const directory = join(harness.settings.state, 'sandboxes', sandbox.id);
  await until(() => existsSync(directory), 'the sandbox is begun');
  await harness.records.sandboxes.delete(sandbox.id);
  await rejected;
  assert.deepEqual(harness.leftovers(sandbox.id), []);
});

test('an id that is none never becomes a path', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const request = { sandbox: { ...(await harness.reserve()), id: '../../etc' }, infraBundle: '', hold: false };
  await assert.rejects(createSandbox(context, request, harness.call()), { code: 'INVALID_REQUEST' });
  await stopSandbox(context, { id: '../../etc' }, harness.call());
  await removeSandbox(context, { id: '../../etc' }, harness.call());
});
