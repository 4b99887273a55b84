import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { hasCode } from '@slipway/linux';
import { RouteSocket } from '../src/index.js';

const skip = process.getuid?.() === 0 ? false : 'needs root: makes interfaces';
const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });

function place(t: TestContext): { bridge: string; near: string; netns: string; name: string; route: RouteSocket } {
  const hex = randomBytes(3).toString('hex');
  const [bridge, near, name] = [`nlb${hex}`, `nlv${hex}`, `netlink-test-${hex}`];
  ip('netns', 'add', name);
  const route = new RouteSocket();
  t.after(() => {
    const left = route.links.find(bridge);
    ip('netns', 'delete', name);
    if (left) route.links.remove(left.index);
    route.close();
  });
  return { bridge, near, netns: `/run/netns/${name}`, name, route };
}

test('a bridge and a veth whose other end is in a namespace are as ip(8) shows them', { skip }, (t) => {
  const { bridge, near, netns, name, route } = place(t);
  const { links, addresses } = route;
  assert.equal(links.find(bridge), undefined);
  links.addBridge(bridge, 1400);
  assert.throws(
    () => links.addBridge(bridge),
    (error) => hasCode(error, 'EEXIST'),
  );
  const made = links.find(bridge)!;
  assert.deepEqual([made.kind, made.up, made.mtu], ['bridge', false, 1400]);
  links.setUp(made.index);
  links.setPromiscuous(made.index);
  const fd = openSync(netns, 'r');
  t.after(() => closeSync(fd));
  const request = { name: near, peer: { name: 'eth0', netnsFd: fd, mac: '02:00:00:00:12:34' }, mtu: 1400 };
  links.addVeth({ ...request, master: made.index });
  const veth = links.find(near)!;
  assert.deepEqual([veth.kind, veth.up, veth.master], ['veth', true, made.index]);
  links.setHairpin(veth.index);
  assert.match(ip('-d', 'link', 'show', near), /hairpin on/);
  assert.match(ip('-d', 'link', 'show', bridge), /PROMISC.*mtu 1400/);
  assert.match(ip('-n', name, 'link', 'show', 'eth0'), /mtu 1400[^]*02:00:00:00:12:34/);
  assert.throws(
    () => links.addVeth({ ...request, name: `${near}x`.slice(-15) }),
    (error) => hasCode(error, 'EEXIST'),
    "the other end's name is taken",
  );
  addresses.add(made.index, '198.51.100.1', 24);
  addresses.add(made.index, 'fd99::1', 64);
  assert.throws(
    () => addresses.add(made.index, '198.51.100.1', 24),
    (error) => hasCode(error, 'EEXIST'),
  );
  assert.match(ip('address', 'show', bridge), /198\.51\.100\.1\/24 brd 198\.51\.100\.255/);
  const listed = addresses.list(made.index).map(({ address, prefixLength }) => `${address}/${prefixLength}`);
  assert.ok(listed.includes('198.51.100.1/24') && listed.includes('fd99::1/64'), listed.join());
  addresses.remove(made.index, '198.51.100.1', 24);
  assert.throws(
    () => addresses.remove(made.index, '198.51.100.1', 24),
    (error) => hasCode(error, 'EADDRNOTAVAIL'),
  );
  links.setMac(made.index, '02:00:00:00:56:78');
  assert.equal(links.find(made.index)!.mac, '02:00:00:00:56:78');
  links.remove(veth.index);
  links.remove(veth.index);
  assert.equal(links.find(near), undefined);
  assert.doesNotMatch(ip('-n', name, 'link'), /eth0/);
});

test('a thread sets up interfaces of a namespace that it enters, and comes back', { skip }, async (t) => {
  const { netns, name } = place(t);
  const [netlink, linux] = ['../src/index.js', '@slipway/linux'].map((module) =>
    JSON.stringify(import.meta.resolve(module)),
  );
  const program = `
    import { parentPort } from 'node:worker_threads';
    import { RouteSocket } from ${netlink};
    import { inNetNamespace, rememberHome } from ${linux};
    rememberHome(['net']);
    const inside = inNetNamespace(${JSON.stringify(netns)}, () => new RouteSocket());
    inside.links.addBridge('pod0');
    const { index } = inside.links.find('pod0');
    inside.links.setUp(inside.links.find('lo').index);
    inside.links.setUp(index);
    inside.addresses.add(index, '192.0.2.2', 24);
    inside.routes.add({ destination: '0.0.0.0/0', gateway: '192.0.2.1', link: index });
    const host = new RouteSocket();
    parentPort.postMessage(host.links.find('pod0') === undefined);
    inside.close();
    host.close();`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  const back = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  assert.equal(back, true, "the thread's later sockets are the host's");
  assert.match(ip('-n', name, 'route'), /default via 192\.0\.2\.1 dev pod0/);
  assert.match(ip('-n', name, 'link', 'show', 'lo'), /UP/);
});
