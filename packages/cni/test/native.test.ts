import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLockFile } from '@slipway/linux';
import { deadlineIn } from '@slipway/time';
import { openSync, closeSync, mkdirSync } from 'node:fs';
import { attach, detach, NativePlugins, NetworkList, pluginForms, podAddresses } from '../src/index.js';
import { spawnPlugin } from '../src/plugin/spawn-plugin.js';
import type { JsonObject, PluginConf } from '../src/list/plugin-conf.js';
import { check } from '../src/check.js';
import { type Corner, ask, corner, inside, needsRoot, serve, sh } from './host.js';

interface Place extends Corner {
  native: NativePlugins;
  /** Programs that were started, in order. */
  programs: string[];
  list: (more?: JsonObject, ipam?: JsonObject, cniVersion?: string) => NetworkList;
  /** What ADD and DEL need to run natively, or by programs. */
  by: (how: How) => { run: typeof spawnPlugin; native?: NativePlugins };
}
type How = 'native' | 'program';

async function place(t: TestContext): Promise<Place> {
  const made = await corner(t);
  const native = new NativePlugins((reason) => assert.fail(reason));
  t.after(() => native.close());
  const programs: string[] = [];
  const run: typeof spawnPlugin = (request) => {
    programs.push(`${request.env.CNI_COMMAND} ${request.path.replace(/.*\//, '')}`);
    return spawnPlugin(request);
  };
  const routes = [{ dst: '0.0.0.0/0' }];
  return {
    ...made,
    native,
    programs,
    by: (how) => (how === 'native' ? { run, native } : { run }),
    list(more = {}, ipam = {}, cniVersion = '1.0.0') {
      const subnet = ipam.ranges ? {} : { subnet: made.subnet };
      const addresses = { type: 'host-local', ...subnet, routes, dataDir: made.dataDir, ...ipam };
      const plugin: PluginConf = { type: 'bridge', bridge: made.bridge, isGateway: true, ...more, ipam: addresses };
      return new NetworkList({ name: 'interop', cniVersion, plugins: [plugin] }, made.binDirs);
    },
  };
}

/** Names and MACs that are made at random, and counters and times, become the same in every pod. */
function plain(text: string): string {
  return (
    text
      .replace(/veth[0-9a-f]{8}/g, 'vethX')
      .replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, (mac) =>
        mac.startsWith('02:00:00:00') || /^(00:){6}|^(ff:){6}/.test(`${mac}:`) ? mac : 'MAC',
      )
      // Whether an address is still being checked depends on when one looks.
      .replace(/ tentative/g, '')
      .replace(/fe80::[0-9a-f:]+/g, 'LINKLOCAL')
      .replace(/@if\d+|link-netns(id)? \S+|^\d+: |_timer +\S+|tcn_timer\s+\S+|netns\/\S+|slt[0-9a-f]{6}/gm, '')
      .replace(/bridge_id \S+|designated_(root|bridge) \S+|root_id \S+|0x80\d\d|port_no \S+/g, '')
  );
}

/** Everything that ADD left: the result, links, addresses, routes, sysctls and leases. */
async function state(spot: Place, netns: string, result: JsonObject): Promise<Record<string, string>> {
  const [port = ''] = await spot.ports();
  const pod = `ip -d address show eth0; ip route; ip -6 route
    cd /proc/sys/net; cat ipv4/conf/eth0/arp_notify ipv6/conf/eth0/accept_dad ipv6/conf/*/disable_ipv6`;
  const host = `ip -d link show ${port}; ip -d address show ${spot.bridge}
    cd /proc/sys/net; cat ipv4/ip_forward ipv6/conf/all/forwarding ipv6/conf/${spot.bridge}/accept_ra ipv6/conf/${port}/accept_ra`;
  const leases = await spot.leases();
  const files = await Promise.all(leases.map((file) => readFile(join(spot.dataDir, file), 'utf8')));
  const seen = {
    result: JSON.stringify(sorted(result)),
    pod: await inside(netns, 'sh', '-ec', pod),
    host: await sh('sh', '-ec', host),
    leases: JSON.stringify([leases, files, (await readdir(join(spot.dataDir, 'interop'))).sort()]),
  };
  return Object.fromEntries(Object.entries(seen).map(([name, text]) => [name, plain(text)]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

const dual = (subnet: string, v6: string): JsonObject => ({
  ranges: [[{ subnet }], [{ subnet: v6 }]],
  routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }, { dst: '192.0.2.0/24', gw: subnet.replace('0/24', '9') }],
});

const configurations: Record<string, (spot: Place) => NetworkList> = {
  'IPv4, hairpin': (spot) => spot.list({ hairpinMode: true }),
  'both families, mtu, a capability for the MAC': (spot) =>
    spot.list({ mtu: 1400, capabilities: { mac: true } }, dual(spot.subnet, spot.v6)),
  'default gateway, promiscuous, DNS, an old version': (spot) =>
    spot.list(
      { isDefaultGateway: true, promiscMode: true, dns: { nameservers: ['192.0.2.53'] } },
      { routes: [], rangeStart: spot.subnet.replace('0/24', '20'), rangeEnd: spot.subnet.replace('0/24', '30') },
      '0.4.0',
    ),
  'no gateway': (spot) => spot.list({ isGateway: false }, { gateway: spot.subnet.replace('0/24', '254') }),
};

for (const [title, make] of Object.entries(configurations)) {
  test(`native and program: the same state, each deletes the other's (${title})`, { skip: needsRoot }, async (t) => {
    const spot = await place(t);
    const list = make(spot);
    const states: Record<string, string>[] = [];
    for (const [adder, deleter] of [
      ['program', 'native'],
      ['native', 'program'],
      ['native', 'native'],
    ] as [How, How][]) {
      const netns = await spot.netns();
      const options = {
        containerId: 'pod',
        netns,
        cacheDir: spot.cacheDir,
        capabilityArgs: { mac: '02:00:00:00:00:07' },
      };
      spot.programs.length = 0;
      const { raw } = await attach(list, { ...options, ...spot.by(adder) });
      assert.deepEqual(spot.programs, adder === 'native' ? [] : ['ADD bridge']);
      states.push(await state(spot, netns, raw));
      await check(spot.cacheDir, 'pod');
      spot.programs.length = 0;
      await detach(spot.cacheDir, 'pod', spot.by(deleter));
      assert.deepEqual(spot.programs, deleter === 'native' ? [] : ['DEL bridge']);
      assert.deepEqual(await spot.ports(), []);
      assert.deepEqual(await spot.leases(), []);
      assert.doesNotMatch(await inside(netns, 'ip', 'link'), /eth0/);
      // Each starts with the bridge and the leases as the first found them.
      await sh('ip', 'link', 'delete', spot.bridge);
      await rm(spot.dataDir, { recursive: true });
    }
    const [program, ...natives] = states;
    for (const native of natives) assert.deepEqual(native, program);
  });
}

test('pods by both at once have different addresses and reach each other', { skip: needsRoot }, async (t) => {
  const spot = await place(t);
  const spaces: string[] = [];
  for (let index = 0; index < 5; index++) spaces.push(await spot.netns());
  const pods = await Promise.all(
    spaces.map(async (netns, index) => {
      const how = index % 2 === 0 ? 'native' : 'program';
      const options = { containerId: `pod${index}`, netns, cacheDir: spot.cacheDir, ...spot.by(how) };
      return { netns, address: podAddresses(await attach(spot.list(), options))[0] as string };
    }),
  );
  assert.equal(new Set(pods.map(({ address }) => address)).size, pods.length);
  await serve(t, pods[0]!.netns, 8080, 'hello');
  assert.equal(await ask(pods[0]!.address, 8080, pods[1]!.netns), 'hello');
  assert.equal(await ask(pods[0]!.address, 8080), 'hello', 'from the host');
  await Promise.all(
    pods.map((_, index) => detach(spot.cacheDir, `pod${index}`, spot.by(index % 2 === 0 ? 'program' : 'native'))),
  );
  assert.deepEqual([await spot.leases(), await spot.ports()], [[], []]);
});

test('an exhausted range, an interface that is there, a namespace that has gone', { skip: needsRoot }, async (t) => {
  const spot = await place(t);
  const one = spot.subnet.replace('0/24', '7');
  const list = spot.list({}, { rangeStart: one, rangeEnd: one });
  const [netA, netB] = [await spot.netns(), await spot.netns()];
  const options = { cacheDir: spot.cacheDir, ...spot.by('native') };
  await attach(list, { ...options, containerId: 'a', netns: netA });
  await assert.rejects(
    attach(list, { ...options, containerId: 'b', netns: netB }),
    /no IP addresses available in range set/,
  );
  assert.doesNotMatch(await inside(netB, 'ip', 'link'), /eth0/, 'undone');
  await assert.rejects(attach(spot.list(), { ...options, containerId: 'c', netns: netA }), /\(eth0\) already exists/);
  assert.deepEqual(await spot.leases(), [`interop/${one}`]);
  await sh('umount', netA);
  await detach(spot.cacheDir, 'a', spot.by('native'));
  assert.deepEqual(await spot.leases(), []);
  assert.deepEqual(spot.programs, []);
});

test('what is not known runs by the program, and so does a program that is not the reference', {
  skip: needsRoot,
}, async (t) => {
  const spot = await place(t);
  const netns = await spot.netns();
  const options = { containerId: 'pod', netns, cacheDir: spot.cacheDir, ...spot.by('native') };
  for (const list of [
    spot.list({ vlan: 0 }),
    spot.list({ forceAddress: true }),
    spot.list({}, { resolvConf: '/etc/resolv.conf' }),
  ]) {
    spot.programs.length = 0;
    await attach(list, options);
    await detach(spot.cacheDir, 'pod', spot.by('native'));
    assert.deepEqual(spot.programs, ['ADD bridge', 'DEL bridge']);
  }
  spot.programs.length = 0;
  await writeFile(join(spot.dir, 'bridge'), '#!/bin/sh\nexec /usr/lib/cni/bridge\n');
  await chmod(join(spot.dir, 'bridge'), 0o755);
  const wrapped = new NetworkList(spot.list().toJSON(), [spot.dir, ...spot.binDirs]);
  await attach(wrapped, options);
  await detach(spot.cacheDir, 'pod', spot.by('native'));
  assert.deepEqual(spot.programs, [], 'a wrapper that only starts the reference is the reference');
  await writeFile(join(spot.dir, 'bridge'), '#!/bin/sh\n[ "$CNI_COMMAND" ] || exit 1\nexec /usr/lib/cni/bridge\n');
  await attach(wrapped, options);
  await detach(spot.cacheDir, 'pod', spot.by('native'));
  assert.deepEqual(spot.programs, ['ADD bridge', 'DEL bridge']);
});

test('a native plugin that gets no further ends at its deadline or when cancelled, and the next one works', {
  skip: needsRoot,
}, async (t) => {
  const spot = await place(t);
  const netns = await spot.netns();
  const options = { containerId: 'pod', netns, cacheDir: spot.cacheDir, undoTimeout: 300, ...spot.by('native') };
  mkdirSync(join(spot.dataDir, 'interop'), { recursive: true });
  const lock = openSync(join(spot.dataDir, 'interop/lock'), 'w');
  assert.ok(tryLockFile(lock));
  await assert.rejects(attach(spot.list(), { ...options, deadline: deadlineIn(500) }), { code: 'NETWORK_FAILED' });
  const abort = new AbortController();
  const cancelled = attach(spot.list(), { ...options, signal: abort.signal });
  await sleep(100);
  abort.abort();
  await assert.rejects(cancelled);
  closeSync(lock);
  await attach(spot.list(), options);
  assert.equal((await spot.leases()).length, 1);
  assert.equal((await spot.ports()).length, 1);
  await detach(spot.cacheDir, 'pod', spot.by('native'));
  assert.deepEqual([await spot.leases(), await spot.ports()], [[], []]);
  assert.deepEqual(spot.programs, []);
});

test("lo is up after loopback, and its result is the program's", { skip: needsRoot }, async (t) => {
  const spot = await place(t);
  const list = new NetworkList({ name: 'lo', cniVersion: '1.0.0', plugins: [{ type: 'loopback' }] }, spot.binDirs);
  const results: string[] = [];
  for (const how of ['program', 'native'] as How[]) {
    const netns = await spot.netns();
    const options = { containerId: how, netns, ifname: 'lo', cacheDir: spot.cacheDir, ...spot.by(how) };
    results.push(plain(JSON.stringify(sorted((await attach(list, options)).raw)).replaceAll(netns, '')));
    assert.match(await inside(netns, 'ip', 'link', 'show', 'lo'), /UP/);
    await detach(spot.cacheDir, how, spot.by(how));
  }
  assert.equal(results[1], results[0]);
  assert.deepEqual(spot.programs, ['ADD loopback', 'DEL loopback']);
});

test('a list says of each of its plugins whether it runs natively', () => {
  const bridge = { type: 'bridge', ipam: { type: 'host-local', subnet: '10.1.2.0/24' } };
  const list = (...plugins: JsonObject[]): JsonObject => ({ name: 'a', cniVersion: '1.0.0', plugins });
  assert.deepEqual(pluginForms(list(bridge, { ...bridge, vlan: 5 }, { type: 'tuning' })), [
    { type: 'bridge', obstacle: undefined },
    { type: 'bridge', obstacle: 'bridge: vlan is not known to the native plugin' },
    { type: 'tuning', obstacle: 'plugin tuning has no native form' },
  ]);
  assert.equal(pluginForms({ name: 'a', plugins: [bridge] }), undefined, 'without a version it is no list');
});
