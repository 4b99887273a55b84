import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { closeFd, groupId, listenUnix } from '@slipway/linux';
import { createLogger } from '@slipway/telemetry';
import { HeldSockets } from '../src/held-sockets.js';

const log = createLogger({ stage: 'up', destination: { write: () => undefined } });

function directory(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'slipway-sockets-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test('a client that connects while nobody serves a held socket waits for the next process that does', async (t) => {
  const path = join(directory(t), 'below', 'socket');
  const sockets = new HeldSockets(log);
  const fd = await sockets.open({ name: 'cri', path, mode: 0o640 });
  assert.equal(statSync(path).mode & 0o7777, 0o640);
  assert.equal(await sockets.open({ name: 'cri', path, mode: 0o640 }), fd, 'it is one socket');
  for (const answer of ['first', 'second']) {
    const client = connect(path);
    await once(client, 'connect');
    // As a gateway does, in a process of its own.
    const script = `const server = require('node:net').createServer((client) => client.end('${answer}', () => process.exit()));
      server.listen({ fd: 4 })`;
    const stdio = ['ignore', 'inherit', 'inherit', 'ignore', fd] as const;
    const server = spawn(process.execPath, ['-e', script], { stdio: [...stdio] });
    const [said] = (await once(client, 'data')) as [Buffer];
    assert.equal(said.toString(), answer);
    await once(server, 'exit');
  }
  sockets.close();
  assert.equal(existsSync(path), false);
});

test('a path that another process serves is waited for, and a socket that a dead one left is replaced', async (t) => {
  const path = join(directory(t), 'socket');
  closeFd(await listenUnix(path, 0o600));
  assert.ok(existsSync(path));
  const other = createServer();
  rmSync(path);
  other.listen(path);
  await once(other, 'listening');
  const sockets = new HeldSockets(log);
  const opened = sockets.open({ name: 'cri', path, mode: 0o600 });
  const first = await Promise.race([
    opened.then(() => 'opened'),
    new Promise((done) => setTimeout(done, 300, 'waits')),
  ]);
  assert.equal(first, 'waits');
  other.close();
  await opened;
  sockets.release(path);
  assert.equal(existsSync(path), false);
  // As a killed supervisor leaves it.
  closeFd(await listenUnix(path, 0o600));
  await sockets.open({ name: 'cri', path, mode: 0o600 });
  sockets.close();
});

test('a path that another runtime may have holds nobody up, and is taken once it is free', async (t) => {
  const path = join(directory(t), 'nri', 'nri.sock');
  const plan = { name: 'nri', path, mode: 0o700, directoryMode: 0o700, shared: true } as const;
  mkdirSync(dirname(path));
  const other = createServer();
  other.listen(path);
  await once(other, 'listening');
  const sockets = new HeldSockets(log);
  let opened: () => void = () => undefined;
  const later = new Promise<void>((resolve) => {
    opened = resolve;
  });
  assert.equal(await sockets.openShared(plan, opened), undefined);
  other.close();
  await later;
  const fd = await sockets.openShared(plan, () => assert.fail('it was opened already'));
  assert.equal(typeof fd, 'number');
  assert.equal(statSync(path).mode & 0o7777, 0o700);
  sockets.close();
  assert.equal(existsSync(path), false);
});

test('a socket has the group that is asked for', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async (t) => {
  const path = join(directory(t), 'socket');
  const sockets = new HeldSockets(log);
  await sockets.open({ name: 'cri', path, mode: 0o660, gid: groupId('daemon') });
  const { uid, gid, mode } = statSync(path);
  assert.deepEqual([uid, gid, mode & 0o7777], [0, groupId('daemon'), 0o660]);
  assert.throws(() => groupId('no such group'), { code: 'INVALID_CONFIG' });
  sockets.close();
});

test('the sockets of systemd are taken for what they are bound to, and are not removed', async (t) => {
  const path = join(directory(t), 'slipway.sock');
  const fd = await listenUnix(path, 0o660);
  t.after(() => closeFd(fd));
  const module = new URL('../src/held-sockets.js', import.meta.url).href;
  const script = `const { HeldSockets } = await import(${JSON.stringify(module)});
    const log = { warn: () => {} };
    const env = { LISTEN_PID: String(process.pid), LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:b' };
    const sockets = new HeldSockets(log);
    sockets.takeFromSystemd(env);
    const { readFileSync } = await import('node:fs');
    const flags = /flags:\\s+0?(\\d+)/.exec(readFileSync('/proc/self/fdinfo/3', 'utf8'))[1];
    const held = await sockets.open({ name: 'cri', path: ${JSON.stringify(path)}, mode: 0o600 });
    const all = sockets.all;
    sockets.close();
    console.log(JSON.stringify({ env, held, all, closedOnExec: (parseInt(flags, 8) & 0o2000000) !== 0 }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    // The second one is no socket: systemd hands over whatever a unit names.
    stdio: ['ignore', 'pipe', 'inherit', fd, 'ignore'],
  });
  const [said] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  await once(child, 'exit');
  assert.deepEqual(JSON.parse(said.toString()), {
    env: {},
    held: 3,
    all: [{ path, fd: 3, own: false }],
    closedOnExec: true,
  });
  assert.ok(existsSync(path));
});
