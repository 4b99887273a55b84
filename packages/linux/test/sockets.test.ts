import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { closeFd, connectFd, connectSeqpacket, NamespaceThread, sendUnixDatagram } from '../src/index.js';
import { check, libcFunction } from '../src/libc.js';
import { needsRoot, temporaryDirectory } from './support.js';

const socket = libcFunction<[number, number, number]>('int socket(int domain, int type, int protocol)');
const bind = libcFunction<[number, Buffer, number]>('int bind(int fd, void *address, uint32_t size)');
const listen = libcFunction<[number, number]>('int listen(int fd, int backlog)');
const accept = libcFunction<[number, null, null]>('int accept(int fd, void *address, void *size)');
const send = libcFunction<[number, Buffer, number, number]>('long send(int fd, void *buffer, size_t size, int flags)');
const receive = libcFunction<[number, Buffer, number, number]>(
  'long recv(int fd, void *buffer, size_t size, int flags)',
);
const chdir = (dir: string): void => process.chdir(dir);

/** A SOCK_SEQPACKET listener; it is bound by a relative path, so that its full path may be of any length. */
function listener(t: TestContext, dir: string): number {
  const fd = check(socket(1, 5, 0), 'socket');
  t.after(() => closeFd(fd));
  const address = Buffer.from('\x01\x00attach\0', 'latin1');
  const home = process.cwd();
  chdir(dir);
  try {
    check(bind(fd, address, address.length), 'bind');
  } finally {
    chdir(home);
  }
  check(listen(fd, 5), 'listen');
  return fd;
}

async function connected(t: TestContext, dir: string): Promise<{ client: Socket; server: number }> {
  const fd = listener(t, dir);
  const client = await connectSeqpacket(join(dir, 'attach'));
  const server = check(accept(fd, null, null), 'accept');
  t.after(() => {
    client.destroy();
    closeFd(server);
  });
  return { client, server };
}

test('every packet is one data event', async (t) => {
  const { client, server } = await connected(t, temporaryDirectory(t));
  const packets: Buffer[] = [];
  client.on('data', (packet) => packets.push(packet));
  const sent = [Buffer.of(2), Buffer.from('one'), Buffer.alloc(8192, 'x'), Buffer.from('last')];
  for (const packet of sent) check(send(server, packet, packet.length, 0), 'send');
  while (packets.length < sent.length) await once(client, 'data');
  assert.deepEqual(packets, sent);
});

test('large and gathered writes go out in packets of at most 8 KB', async (t) => {
  const { client, server } = await connected(t, temporaryDirectory(t));
  const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, index) => index & 0xff));
  client.cork();
  client.write(bytes.subarray(0, 30_000));
  client.write(bytes.subarray(30_000, 30_010));
  const written = new Promise((resolve) => client.write(bytes.subarray(30_010), resolve));
  client.uncork();
  await written;
  const received: Buffer[] = [];
  const buffer = Buffer.alloc(100_000);
  while (received.reduce((sum, packet) => sum + packet.length, 0) < bytes.length) {
    received.push(Buffer.from(buffer.subarray(0, check(receive(server, buffer, buffer.length, 0), 'recv'))));
  }
  assert.ok(received.every((packet) => packet.length <= 8192));
  assert.deepEqual(Buffer.concat(received), bytes);
});

test("the other side's end is an end", async (t) => {
  const { client, server } = await connected(t, temporaryDirectory(t));
  client.resume();
  const end = once(client, 'end');
  closeFd(server);
  await end;
});

test('a path over 107 bytes connects through its directory', async (t) => {
  const dir = join(temporaryDirectory(t), 'd'.repeat(150));
  mkdirSync(dir);
  const { client, server } = await connected(t, dir);
  const data = once(client, 'data');
  send(server, Buffer.from('long'), 4, 0);
  assert.equal(String((await data)[0]), 'long');
});

test('a missing or dead socket is an error', async (t) => {
  const dir = temporaryDirectory(t);
  await assert.rejects(connectSeqpacket(join(dir, 'none')), {
    name: 'SyscallError',
    code: 'ENOENT',
    syscall: 'connect',
  });
  await assert.rejects(connectSeqpacket(join(dir, 'n'.repeat(120))), { code: 'ENAMETOOLONG' });
});

test('connectFd refuses names and closes the descriptor when it fails', { skip: needsRoot }, async (t) => {
  const namespaces = new NamespaceThread();
  t.after(() => namespaces.close());
  const fd = await namespaces.socket({ netns: '/proc/self/ns/net' });
  await assert.rejects(connectFd(fd, 'localhost', 1), { code: 'INVALID_REQUEST' });
  const aborted = await namespaces.socket({ netns: '/proc/self/ns/net' });
  await assert.rejects(connectFd(aborted, '127.0.0.1', 1, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('both directions pass through a socket from connectFd, IPv6 too', { skip: needsRoot }, async (t) => {
  const server = createServer((peer) => peer.pipe(peer));
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  t.after(() => server.close());
  const namespaces = new NamespaceThread();
  t.after(() => namespaces.close());
  const fd = await namespaces.socket({ netns: '/proc/self/ns/net', family: 'inet6' });
  const client = await connectFd(fd, '::1', (server.address() as { port: number }).port);
  const bytes = Buffer.alloc(3_000_000, 'abc');
  client.end(bytes);
  assert.deepEqual(Buffer.concat(await client.toArray()), bytes);
});

for (const abstract of [false, true]) {
  test(`a datagram reaches a unix socket ${abstract ? 'in the abstract namespace' : 'with a path'}`, (t) => {
    const name = join(temporaryDirectory(t), 'notify');
    const fd = check(socket(1, 2, 0), 'socket');
    t.after(() => closeFd(fd));
    const address = Buffer.from(`\x01\x00${abstract ? '\0' : ''}${name}${abstract ? '' : '\0'}`, 'latin1');
    check(bind(fd, address, address.length), 'bind');

    sendUnixDatagram(abstract ? `@${name}` : name, 'READY=1\nSTATUS=serves');

    const bytes = Buffer.alloc(100);
    const length = check(receive(fd, bytes, bytes.length, 0x40), 'recv');
    assert.equal(bytes.toString('utf8', 0, length), 'READY=1\nSTATUS=serves');
    assert.throws(() => sendUnixDatagram(`${name}-nobody`, 'READY=1'), /ENOENT/);
  });
}
