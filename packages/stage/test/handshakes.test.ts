import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, connectBus } from '../src/index.js';

const info =
  'INFO {"server_id":"x","server_name":"x","version":"2.9.10","proto":1,"max_payload":1048576,"headers":true}\r\n';

/** As NATS does, as far as a handshake goes. */
const serve = (socket: Socket): void => {
  socket.write(info);
  socket.on('data', (data) => {
    for (const line of data.toString().split('\r\n')) if (line === 'PING') socket.write('PONG\r\n');
  });
};

/** Ways in which a server that is killed leaves a client in the middle of a handshake. */
const ends: Record<string, (socket: Socket) => void> = {
  'after its greeting': (socket) => void socket.end(info),
  'after it has read who connects': (socket) => {
    socket.write(info);
    socket.once('data', () => socket.resetAndDestroy());
  },
};

/** A server that treats its connections in turn, the last way for all that follow. */
async function serverOf(
  t: TestContext,
  ...ways: ((socket: Socket) => void)[]
): Promise<{ url: string; met: Socket[] }> {
  const met: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    met.push(socket);
    ways[Math.min(met.length, ways.length) - 1]?.(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of met) socket.destroy();
    server.close();
  });
  return { url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`, met };
}

/** Longer than a test may take, and not much: the client library keeps the process for as long. */
const handshakeMs = 9000;

/** Closes it at the end, as one that goes on connecting would keep this process. */
async function connected(t: TestContext, options: { url: string; connectTimeoutMs?: number }): Promise<Bus> {
  const bus = await connectBus({ node: 'n', role: 'builder', handshakeMs, ...options });
  t.after(() => bus.close());
  return bus;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 100, `${what} never came`);
    await sleep(100);
  }
}

describe('a server that ends in the middle of a handshake', { concurrency: true, timeout: handshakeMs - 1000 }, () => {
  for (const [when, end] of Object.entries(ends)) {
    it(`${when} is met again soon, not after the longest time that a handshake may take`, async (t) => {
      const { url } = await serverOf(t, end, serve);
      await (await connected(t, { url })).connection.flush();
    });

    it(`${when} does not make those deaf who come back`, async (t) => {
      const { url, met } = await serverOf(t, serve, end, serve);
      const { connection } = await connected(t, { url });
      met[0]?.destroy();
      await until('a third connection', () => met.length >= 3);
      await connection.flush();
    });
  }

  it('is not one that is slow, which is waited for, with one connection in the end', async (t) => {
    const late = (socket: Socket): void => void setTimeout(() => socket.destroyed || serve(socket), 2500);
    const { url, met } = await serverOf(t, late);
    const { connection } = await connected(t, { url, connectTimeoutMs: 0 });
    await connection.flush();
    await until('the end of the other connections', () => met.filter(({ closed }) => !closed).length === 1);
  });
});
