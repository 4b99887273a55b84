import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { attach, defaultList, detach, podAddresses, removeBridge } from '../src/index.js';
import { loadNetwork } from '../src/list/load.js';
import { check } from '../src/check.js';
import { ask, corner, inside, insideNode, needsRoot, serve, sh } from './host.js';

test('pods on the shipped list reach each other and the host, and leave nothing', { skip: needsRoot }, async (t) => {
  const place = await corner(t);
  const list = defaultList(place);
  const [netA, netB] = [await place.netns(), await place.netns()];
  const a = await attach(list, { containerId: 'pod-a', netns: netA, cacheDir: place.cacheDir });
  const b = await attach(list, { containerId: 'pod-b', netns: netB, cacheDir: place.cacheDir });
  const [ipA, ipB] = [podAddresses(a)[0]!, podAddresses(b)[0]!];
  assert.match(a.ips[0]!.address, /^10\.123\.\d+\.\d+\/24$/);
  assert.equal(a.ips[0]!.gateway, place.gateway);
  assert.notEqual(ipA, ipB);
  await serve(t, netA, 8080, 'hello from a');
  assert.equal(await ask(ipA, 8080, netB), 'hello from a', 'pod to pod');
  assert.equal(await ask(ipA, 8080), 'hello from a', 'host to pod');
  const hostPort = 30_000 + randomInt(10_000);
  await serve(t, '/proc/self/ns/net', hostPort, 'hello from the host');
  assert.equal(await ask(place.gateway, hostPort, netB), 'hello from the host', 'pod to host');
  assert.match(await inside(netA, 'ip', 'route'), new RegExp(`default via ${place.gateway} dev eth0`));

  await check(place.cacheDir, 'pod-a');
  await inside(netB, 'ip', 'link', 'delete', 'eth0');
  await assert.rejects(check(place.cacheDir, 'pod-b'), /bridge: CHECK/);

  assert.equal((await place.leases()).length, 2);
  await detach(place.cacheDir, 'pod-a');
  await detach(place.cacheDir, 'pod-b');
  assert.deepEqual(await place.leases(), []);
  assert.deepEqual(await place.ports(), []);
  assert.doesNotMatch(await sh('iptables-save'), /pod-[ab]/);
  await removeBridge(place.bridge);
  assert.ok(!existsSync(`/sys/class/net/${place.bridge}`));
  await removeBridge(place.bridge);
});

test("a published port answers on the host's addresses and goes with the pod", { skip: needsRoot }, async (t) => {
  const place = await corner(t);
  // A host of its own: portmap's shared chains would meet those of other pods on this one.
  const [host, netns] = [await place.netns(), await place.netns()];
  await inside(host, 'ip', 'link', 'set', 'lo', 'up');
  await inside(host, 'ip', 'address', 'add', '198.51.100.7/32', 'dev', 'lo');
  const options = JSON.stringify({
    containerId: 'published',
    netns,
    cacheDir: place.cacheDir,
    portMappings: [
      { hostPort: 8080, containerPort: 80, protocol: 'TCP' },
      { hostPort: 8081, containerPort: 80, hostIP: '198.51.100.7' },
    ],
  });
  await insideNode(host, `await cni.attach(cni.defaultList(${JSON.stringify(place)}), ${options});`);
  await serve(t, netns, 80, 'published');
  assert.equal(await ask('127.0.0.1', 8080, host), 'published');
  assert.equal(await ask('198.51.100.7', 8080, host), 'published');
  assert.equal(await ask('198.51.100.7', 8081, host), 'published');
  await assert.rejects(ask('127.0.0.1', 8081, host), 'bound only to the other address');
  assert.equal(await ask(place.gateway, 8080, netns), 'published', 'the pod reaches itself by its published port');

  // The namespace goes first, as after a crash: leases and rules must go all the same.
  await sh('umount', netns);
  await insideNode(host, `await cni.detach(${JSON.stringify(place.cacheDir)}, 'published');`);
  assert.deepEqual(await place.leases(), []);
  assert.doesNotMatch(await inside(host, 'iptables-save'), /published|8080/);
  await assert.rejects(ask('127.0.0.1', 8080, host));
});

test('both address families, from one list', { skip: needsRoot }, async (t) => {
  const place = await corner(t);
  const [netA, netB] = [await place.netns(), await place.netns()];
  const list = defaultList({ ...place, subnet6: place.v6 });
  const a = await attach(list, { containerId: 'dual-a', netns: netA, cacheDir: place.cacheDir });
  await attach(list, { containerId: 'dual-b', netns: netB, cacheDir: place.cacheDir });
  const addresses = podAddresses(a);
  assert.deepEqual(
    addresses.map((ip) => (ip.includes(':') ? 6 : 4)),
    [4, 6],
  );
  await serve(t, netA, 8080, 'dual');
  for (const ip of addresses) {
    assert.equal(await ask(ip, 8080, netB), 'dual');
    assert.equal(await ask(ip, 8080), 'dual');
  }
  await detach(place.cacheDir, 'dual-a');
  await detach(place.cacheDir, 'dual-b');
  assert.deepEqual(await place.leases(), []);
});

test('a plugin that fails after bridge leaves neither lease nor veth', { skip: needsRoot }, async (t) => {
  const place = await corner(t);
  await writeFile(
    join(place.dir, 'refuses'),
    '#!/bin/sh\n[ "$CNI_COMMAND" = DEL ] || { echo \'{"code":101,"msg":"no"}\'; exit 1; }\n',
    {
      mode: 0o755,
    },
  );
  const conf = defaultList(place).toJSON();
  await writeFile(
    join(place.dir, '10-x.conflist'),
    JSON.stringify({ ...conf, plugins: [...conf.plugins, { type: 'refuses' }] }),
  );
  const list = await loadNetwork({ confDir: place.dir, binDirs: [...place.binDirs, place.dir] });
  assert.equal(list.own, true, 'the mark of the shipped list survives its file');
  const netns = await place.netns();
  await assert.rejects(
    attach(list, { containerId: 'undone', netns, cacheDir: place.cacheDir }),
    /refuses: ADD: no \(code 101\)/,
  );
  assert.deepEqual(await place.leases(), []);
  assert.deepEqual(await place.ports(), []);
  assert.doesNotMatch(await inside(netns, 'ip', 'link'), /eth0/);
});

test('a network changed after ADD is left by its old configuration', { skip: needsRoot }, async (t) => {
  const place = await corner(t);
  const confFile = join(place.dir, '10-x.conflist');
  await writeFile(confFile, JSON.stringify(defaultList(place)));
  const options = { confDir: place.dir, binDirs: place.binDirs };
  await attach(await loadNetwork(options), {
    containerId: 'moved',
    netns: await place.netns(),
    cacheDir: place.cacheDir,
  });
  assert.equal((await place.leases()).length, 1);
  await writeFile(confFile, JSON.stringify(defaultList({ ...place, dataDir: join(place.dir, 'elsewhere') })));
  assert.match(await readFile(confFile, 'utf8'), /elsewhere/);
  await detach(place.cacheDir, 'moved');
  assert.deepEqual(await place.leases(), []);
  assert.deepEqual(await place.ports(), []);
});
