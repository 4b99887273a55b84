import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { NriHost, type NriHostOptions, NriStub } from '../src/index.js';
import { MessageParser, encodeMessage } from '../src/wire/ttrpc-frames.js';

async function host(t: TestContext, more: Partial<NriHostOptions> = {}): Promise<NriHost> {
  const directory = mkdtempSync(join(tmpdir(), 'nri-'));
  const opened = new NriHost({
    runtime: { name: 'test', version: '1' },
    socket: join(directory, 'nri.sock'),
    pluginDir: join(directory, 'plugins'),
    configDir: join(directory, 'conf'),
    registrationTimeoutMs: 500,
    requestTimeoutMs: 500,
    snapshot: async () => ({ pods: [], containers: [] }),
    update: async () => [],
    log: { info: () => undefined, warn: () => undefined },
    ...more,
  });
  await opened.start();
  t.after(async () => {
    await opened.stop();
    rmSync(directory, { recursive: true });
  });
  return opened;
}

async function active(opened: NriHost): Promise<void> {
  for (let tries = 0; !opened.active && tries < 200; tries++) await new Promise((done) => setTimeout(done, 10));
  assert.ok(opened.active);
}

test('messages come together again from any pieces', () => {
  const payload = Buffer.alloc(10_000, 'x');
  const bytes = Buffer.concat([...encodeMessage(1, 1, payload), ...encodeMessage(3, 2, Buffer.alloc(0))]);
  for (const size of [1, 7, 4096, bytes.length]) {
    const seen: string[] = [];
    const parser = new MessageParser((message) =>
      seen.push(`${message.streamId} ${message.type} ${message.payload.length}`),
    );
    for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
    assert.deepEqual(seen, ['1 1 10000', '3 2 0']);
  }
});

test('a list longer than a message goes to a plugin in parts', async (t) => {
  const env = Array.from({ length: 100 }, () => 'v'.repeat(1000));
  const containers = Array.from({ length: 100 }, (_, at) => ({ id: String(at), env }));
  const opened = await host(t, { snapshot: async () => ({ pods: [{ id: 'p' }], containers }) });
  const found: string[] = [];
  let calls = 0;
  const stub = await NriStub.connect({
    name: 'parts',
    index: '10',
    socket: opened.options.socket,
    handlers: {
      synchronize: async (request) => {
        calls++;
        found.push(...request.containers.map(({ id }) => id));
        return { more: request.more };
      },
      runPodSandbox: async () => undefined,
    },
  });
  t.after(() => stub.close());
  await active(opened);
  assert.ok(calls > 2, `${calls} calls`);
  assert.deepEqual(
    found,
    containers.map(({ id }) => id),
  );
});

test('who speaks something else, or nothing, is cut and harms nobody', async (t) => {
  const opened = await host(t);
  const cut = async (speak: (socket: Socket) => void): Promise<void> => {
    const socket = connect(opened.options.socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    speak(socket);
    socket.resume();
    await once(socket, 'close');
  };
  await Promise.all([
    cut(() => undefined),
    cut((socket) => socket.write(Buffer.alloc(64, 0xff))),
    cut((socket) => socket.write(Buffer.from('00000002000000080000ffffffff0101', 'hex'))),
    cut((socket) => socket.end(Buffer.from([0, 0, 0, 2]))),
  ]);
  const stub = await NriStub.connect({
    name: 'good',
    index: '10',
    socket: opened.options.socket,
    handlers: { runPodSandbox: async () => undefined },
  });
  t.after(() => stub.close());
  await active(opened);
});

test("another runtime's socket is left to it", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'nri-'));
  const socket = join(directory, 'nri.sock');
  const other = createServer((connection) => {
    // A client that only checks for a listener leaves immediately.
    connection.on('error', () => undefined);
    connection.end('other');
  });
  other.listen(socket);
  await once(other, 'listening');
  t.after(() => {
    other.close();
    rmSync(directory, { recursive: true });
  });
  const warned: unknown[] = [];
  const log = { info: () => undefined, warn: (facts: { err?: Error }) => void warned.push(facts.err?.message) };
  await host(t, { socket, log });
  assert.match(String(warned[0]), /another process serves/);
  const client = connect(socket);
  const [said] = (await once(client, 'data')) as [Buffer];
  assert.equal(said.toString(), 'other');
  client.destroy();
});
