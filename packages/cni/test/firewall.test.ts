import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { corner, inside, insideNode, needsRoot } from './host.js';

// The rules are made in a network namespace of their own, so that the host's firewall is not touched.

test('one masquerade rule, however many processes ask for it concurrently', { skip: needsRoot }, async (t) => {
  const place = await corner(t);
  const host = await place.netns();
  for (const [tool, subnet] of [
    ['iptables', place.subnet],
    ['ip6tables', place.v6],
  ] as const) {
    const options = JSON.stringify({ subnet, id: 'test', lockFile: join(place.dir, 'lock') });
    const ensure = `await Promise.all([1, 2].map(() => cni.ensureMasquerade(${options})));`;
    await Promise.all([1, 2, 3, 4].map(() => insideNode(host, ensure)));
    const rules = () => inside(host, tool, '-t', 'nat', '-S', 'POSTROUTING');
    const made = (await rules()).split('\n').filter((line) => line.includes('MASQUERADE'));
    assert.equal(made.length, 1);
    assert.ok(made[0]!.includes(`-s ${subnet} ! -d ${subnet}`), made[0]);
    await insideNode(host, `await cni.removeMasquerade(${options}); await cni.removeMasquerade(${options});`);
    assert.doesNotMatch(await rules(), /MASQUERADE/);
  }
});

test('forwarding is switched on, and accepted where the policy drops', { skip: needsRoot }, async (t) => {
  const place = await corner(t);
  const host = await place.netns();
  const options = JSON.stringify({
    subnets: [place.subnet, place.v6],
    id: 'test',
    lockFile: join(place.dir, 'lock'),
  });
  await inside(host, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward');
  await insideNode(host, `await cni.ensureForwarding(${options});`);
  assert.equal(await inside(host, 'cat', '/proc/sys/net/ipv4/ip_forward'), '1\n');
  assert.equal(await inside(host, 'cat', '/proc/sys/net/ipv6/conf/all/forwarding'), '1\n');
  for (const tool of ['iptables', 'ip6tables']) {
    assert.doesNotMatch(await inside(host, tool, '-S', 'FORWARD'), /-j ACCEPT/);
    await inside(host, tool, '-P', 'FORWARD', 'DROP');
  }
  await insideNode(host, `await cni.ensureForwarding(${options}); await cni.ensureForwarding(${options});`);
  for (const [tool, subnet] of [
    ['iptables', place.subnet],
    ['ip6tables', place.v6],
  ] as const) {
    const rules = (await inside(host, tool, '-S', 'FORWARD')).split('\n').filter((line) => line.endsWith('-j ACCEPT'));
    assert.equal(rules.length, 2);
    assert.ok(rules[0]!.includes(`-s ${subnet}`) && rules[1]!.includes(`-d ${subnet}`));
  }
  await insideNode(host, `await cni.removeForwarding(${options});`);
  assert.doesNotMatch(await inside(host, 'iptables', '-S', 'FORWARD'), /-j ACCEPT/);
});

test("iptables' own words reach the operator", { skip: needsRoot }, async (t) => {
  const place = await corner(t);
  const host = await place.netns();
  const options = JSON.stringify({ subnet: '10.0.0.0/99', lockFile: join(place.dir, 'lock') });
  const said = await insideNode(
    host,
    `await cni.ensureMasquerade(${options}).catch((error) => console.log(error.code, error.message));`,
  );
  assert.match(said, /NETWORK_FAILED.*invalid mask/s);
});

test('static chains go once no pod publishes a port, and not before', { skip: needsRoot }, async (t) => {
  const place = await corner(t);
  const [host, pod] = [await place.netns(), await place.netns()];
  const list = JSON.stringify({ ...place, netns: undefined });
  const attach = JSON.stringify({
    containerId: 'static',
    netns: pod,
    cacheDir: place.cacheDir,
    portMappings: [{ hostPort: 8080, containerPort: 80 }],
  });
  const nat = () => inside(host, 'iptables-save', '-t', 'nat');
  assert.equal(
    await insideNode(
      host,
      `await cni.attach(cni.defaultList(${list}), ${attach}); console.log(await cni.removeStaticChains());`,
    ),
    'false\n',
  );
  assert.match(await nat(), /CNI-HOSTPORT-DNAT/);
  assert.equal(
    await insideNode(
      host,
      `await cni.detach(${JSON.stringify(place.cacheDir)}, 'static');
      console.log(await cni.removeStaticChains(), await cni.removeStaticChains());`,
    ),
    'true true\n',
  );
  assert.doesNotMatch(await nat(), /CNI-/);
});
