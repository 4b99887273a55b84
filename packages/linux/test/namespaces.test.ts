import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  connectFd,
  idmapMount,
  isMountpoint,
  mountsBelow,
  type NamespacePaths,
  NamespaceThread,
} from '../src/index.js';
import { check, libcFunction } from '../src/libc.js';
import { needsRoot, temporaryDirectory } from './support.js';

const dup2 = libcFunction<[number, number]>('int dup2(int from, int to)');
const options = { skip: needsRoot };

function thread(t: TestContext): NamespaceThread {
  const namespaces = new NamespaceThread();
  t.after(() => namespaces.close());
  return namespaces;
}

/** Facts that a program sees in pinned namespaces. */
function inside(paths: NamespacePaths, ...command: string[]): string {
  const flags = Object.entries(paths).map(([kind, path]) => `--${kind}=${path}`);
  return execFileSync('nsenter', [...flags, ...command], { encoding: 'utf8' }).trim();
}

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return [];
    }
  });
}

test('create pins net, ipc and uts with hostname, loopback and sysctls; remove takes them away', options, async (t) => {
  const dir = join(temporaryDirectory(t, '/run'), 'ns');
  const namespaces = thread(t);
  const before = { net: readlinkSync('/proc/self/ns/net'), hostname: hostname() };
  const sysctls = { 'net.ipv4.ip_unprivileged_port_start': '81', 'kernel.shm_rmid_forced': '1' };
  const paths = await namespaces.create({ dir, hostname: 'pod-1', sysctls });
  assert.deepEqual(paths, { net: join(dir, 'net'), ipc: join(dir, 'ipc'), uts: join(dir, 'uts') });

  assert.equal(inside(paths, 'hostname'), 'pod-1');
  assert.equal(inside(paths, 'cat', '/proc/sys/kernel/shm_rmid_forced'), '1');
  assert.equal(inside(paths, 'cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start'), '81');
  assert.match(inside(paths, 'cat', '/proc/net/route'), /^Iface/);
  const addresses = await namespaces.addresses(paths.net);
  assert.deepEqual(addresses[0], {
    interface: 'lo',
    address: '127.0.0.1',
    family: 'IPv4',
    prefixLength: 8,
    mac: '00:00:00:00:00:00',
  });

  // Nothing of this reached the host, this thread, or the threads that do asynchronous file work.
  assert.equal(hostname(), before.hostname);
  assert.equal(readlinkSync('/proc/self/ns/net'), before.net);
  const pool = await Promise.all(Array.from({ length: 8 }, () => readlink('/proc/thread-self/ns/net')));
  assert.deepEqual(new Set(pool), new Set([before.net]));

  await namespaces.remove({ dir });
  assert.deepEqual(readdirSync(dir), []);
  assert.deepEqual(mountsBelow(dir), []);
  await namespaces.remove({ dir });
  await namespaces.remove({ dir: join(dir, 'never') });
});

test("kinds that are left out stay the host's", options, async (t) => {
  const dir = join(temporaryDirectory(t, '/run'), 'ns');
  const namespaces = thread(t);
  assert.deepEqual(await namespaces.create({ dir, kinds: ['ipc'], hostname: 'never-set' }), { ipc: join(dir, 'ipc') });
  assert.deepEqual(readdirSync(dir), ['ipc']);
  assert.notEqual(hostname(), 'never-set');
});

test('a failed create leaves nothing and the thread works on', options, async (t) => {
  const base = temporaryDirectory(t, '/run');
  const namespaces = thread(t);
  const dir = join(base, 'ns');
  await assert.rejects(namespaces.create({ dir, sysctls: { 'net.no.such': '1' } }), {
    name: 'SyscallError',
    code: 'ENOENT',
  });
  await assert.rejects(namespaces.create({ dir, sysctls: { '../../etc/x': '1' } }), { code: 'EINVAL' });
  assert.deepEqual(readdirSync(base), []);

  // A pin of somebody else is in the way: it is not touched, and ours are removed.
  mkdirSync(dir);
  writeFileSync(join(dir, 'ipc'), 'theirs');
  await assert.rejects(namespaces.create({ dir }), { code: 'EEXIST' });
  assert.deepEqual(readdirSync(dir), ['ipc']);
  assert.equal(readFileSync(join(dir, 'ipc'), 'utf8'), 'theirs');
  assert.ok(await namespaces.create({ dir: join(base, 'other') }));
});

test('concurrent ones are apart from each other', options, async (t) => {
  const base = temporaryDirectory(t, '/run');
  const namespaces = thread(t);
  const names = Array.from({ length: 10 }, (_, index) => `pod-${index}`);
  const all = await Promise.all(names.map((name) => namespaces.create({ dir: join(base, name), hostname: name })));
  assert.equal(new Set(all.map((paths) => statSync(paths.net as string).ino)).size, 10);
  assert.deepEqual(
    all.map((paths) => inside({ uts: paths.uts }, 'hostname')),
    names,
  );
});

test('sysctls are read and written in the namespace that is named', options, async (t) => {
  const dir = join(temporaryDirectory(t, '/run'), 'ns');
  const namespaces = thread(t);
  const { net } = (await namespaces.create({ dir })) as { net: string };
  const host = await namespaces.readSysctl({}, 'net.ipv4.ip_default_ttl');
  await namespaces.writeSysctl({ net }, 'net/ipv4/ip_default_ttl', '77');
  assert.equal(await namespaces.readSysctl({ net }, 'net.ipv4.ip_default_ttl'), '77');
  assert.equal(await namespaces.readSysctl({}, 'net.ipv4.ip_default_ttl'), host);
});

test('a socket made in a namespace connects there and nowhere else', options, async (t) => {
  const dir = join(temporaryDirectory(t, '/run'), 'ns');
  const namespaces = thread(t);
  const { net } = (await namespaces.create({ dir })) as { net: string };
  const server = createServer((socket) => socket.end('host'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };

  await assert.rejects(connectFd(await namespaces.socket({ netns: net }), '127.0.0.1', port), { code: 'ECONNREFUSED' });

  const socket = await connectFd(await namespaces.socket({ netns: '/proc/self/ns/net' }), '127.0.0.1', port);
  assert.equal(Buffer.concat(await socket.toArray()).toString(), 'host');
  socket.destroy();
});

test('counters of the interfaces of a namespace', options, async (t) => {
  const dir = join(temporaryDirectory(t, '/run'), 'ns');
  const namespaces = thread(t);
  const { net } = (await namespaces.create({ dir })) as { net: string };
  const [before] = await namespaces.netDev(net);
  assert.deepEqual([before?.interface, before?.rxBytes, before?.txPackets], ['lo', 0n, 0n]);
  await connectFd(await namespaces.socket({ netns: net }), '127.0.0.1', 9).catch(() => undefined);
  const [after] = await namespaces.netDev(net);
  assert.ok((after?.txPackets ?? 0n) > 0n && (after?.rxBytes ?? 0n) > 0n);

  const [first, gone, home] = await namespaces.netDevs([net, `${dir}/none`, '/proc/self/ns/net']);
  assert.deepEqual([first, gone], [[after], undefined]);
  assert.deepEqual(
    home?.map((entry) => entry.interface),
    (await namespaces.netDev('/proc/self/ns/net')).map((entry) => entry.interface),
  );
});

test('an aborted call rejects immediately and its descriptors are closed', options, async (t) => {
  const namespaces = thread(t);
  await namespaces.readSysctl({}, 'kernel.ostype');
  const before = descriptors().length;
  const abort = new AbortController();
  const call = namespaces.socket({ netns: '/proc/self/ns/net' }, { signal: abort.signal });
  setImmediate(() => abort.abort());
  // The thread may be quicker than the abort; then the socket is ours.
  const fd = await call.catch((error: Error) => (assert.equal(error.name, 'AbortError'), undefined));
  if (fd !== undefined) closeSync(fd);
  await namespaces.readSysctl({}, 'kernel.ostype');
  assert.equal(descriptors().length, before);
  await assert.rejects(namespaces.readSysctl({}, 'kernel.ostype', { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
});

test('a thread that misses its deadline is replaced', options, async (t) => {
  const namespaces = thread(t);
  // The thread needs longer than this to start.
  await assert.rejects(namespaces.readSysctl({}, 'kernel.ostype', { timeoutMs: 1 }), {
    name: 'SlipwayError',
    code: 'DEADLINE',
  });
  assert.equal(await namespaces.readSysctl({}, 'kernel.ostype'), 'Linux');
});

test('a thread that cannot return home is replaced', options, async (t) => {
  const dir = join(temporaryDirectory(t, '/run'), 'ns');
  const namespaces = thread(t);
  const { net } = (await namespaces.create({ dir })) as { net: string };
  // Descriptors belong to the whole process: with another file in the place of its way back, the thread's setns fails.
  const other = openSync('/dev/null', 'r');
  for (const entry of descriptors()) {
    const [fd, link] = entry.split(' ');
    if (link?.startsWith('uts:[')) check(dup2(other, Number(fd)), 'dup2');
  }
  closeSync(other);
  await assert.rejects(namespaces.addresses(net), { message: /cannot return to the host's uts namespace/ });
  assert.equal(await namespaces.readSysctl({}, 'kernel.hostname'), hostname());
  assert.equal((await namespaces.addresses(net))[0]?.address, '127.0.0.1');
});

test('a thread leaves no descriptors behind', options, async () => {
  const before = descriptors().filter((entry) => entry.includes('net:['));
  const namespaces = new NamespaceThread();
  await namespaces.readSysctl({}, 'kernel.ostype');
  assert.ok(descriptors().filter((entry) => entry.includes('net:[')).length > before.length);
  await namespaces.close();
  assert.deepEqual(
    descriptors().filter((entry) => entry.includes('net:[')),
    before,
  );
});

test('a closed thread takes no calls', options, async () => {
  const namespaces = new NamespaceThread();
  await namespaces.readSysctl({}, 'kernel.ostype');
  const late = namespaces.netDev('/proc/self/ns/net');
  const outcome = assert.rejects(late, { code: 'CANCELLED' });
  await namespaces.close();
  await outcome;
  await assert.rejects(namespaces.netDev('/proc/self/ns/net'), { code: 'CANCELLED' });
});

test('namespaces owned by a user namespace, and a mount with its ids', options, async (t) => {
  const dir = temporaryDirectory(t, '/run');
  const namespaces = thread(t);
  const ids = [{ containerId: 0, hostId: 200_000, size: 65_536 }];
  const sysctls = { 'net.ipv4.ip_unprivileged_port_start': '0' };
  const paths = await namespaces.create({
    dir: join(dir, 'ns'),
    hostname: 'mapped',
    sysctls,
    user: { uids: ids, gids: ids },
  });
  assert.deepEqual(Object.keys(paths).toSorted(), ['ipc', 'net', 'user', 'uts']);
  assert.match(inside(paths, 'cat', '/proc/self/uid_map'), /^0 +200000 +65536$/);
  assert.equal(inside(paths, 'hostname'), 'mapped');
  // Root of the user namespace owns the net namespace: it may change it, only from inside.
  assert.equal(inside(paths, 'ip', 'link', 'set', 'lo', 'mtu', '9000'), '');
  assert.equal((await namespaces.addresses(paths.net as string))[0]?.address, '127.0.0.1');

  mkdirSync(join(dir, 'source'));
  mkdirSync(join(dir, 'target'));
  writeFileSync(join(dir, 'source/file'), '');
  const userns = openSync(paths.user as string, 'r');
  try {
    idmapMount(join(dir, 'source'), join(dir, 'target'), userns);
  } finally {
    closeSync(userns);
  }
  assert.equal(statSync(join(dir, 'target/file')).uid, 200_000);
  assert.equal(isMountpoint(join(dir, 'target')), true);

  await namespaces.remove({ dir: join(dir, 'ns') });
  assert.equal(existsSync(join(dir, 'ns/user')), false);
});
