import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { openPortForward } from '../src/port-forward/client.js';
import type { PortForwardHandler } from '../src/port-forward/handler.js';
import { servePortForward } from '../src/port-forward/serve.js';
import type { SessionOptions, SessionOutcome } from '../src/remote-command/handler.js';
import { dialSpdy } from '../src/spdy/dial.js';
import { SpdySession } from '../src/spdy/session.js';
import { pattern, readAll, tcpServer, type TestScope, until, upgradeServer } from './parts.js';

/** Connects on loopback, as an executor does inside a pod. */
const loopback: PortForwardHandler = {
  connect: (port) =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(socket));
    }),
};

async function serve(
  t: TestScope,
  handler: PortForwardHandler = loopback,
  options: SessionOptions & { ports?: number[] } = {},
) {
  const outcomes: SessionOutcome[] = [];
  const address = await upgradeServer(t, (upgrade) => {
    servePortForward(upgrade, { ports: [], ...options }, handler).then(
      (outcome) => outcomes.push(outcome),
      () => undefined,
    );
  });
  return { url: `http://${address}/portforward/x`, outcomes };
}

async function exchange(stream: Duplex, sent: Buffer): Promise<boolean> {
  stream.end(sent);
  return sent.equals(await readAll(stream));
}

test('concurrent connections, with half-close, byte-exact', async (t) => {
  const port = await tcpServer(t, (socket) => socket.pipe(socket));
  const { url, outcomes } = await serve(t);
  const session = await openPortForward(url);
  const results = await Promise.all(
    Array.from({ length: 50 }, async (_, index) =>
      exchange(await session.connect(port), pattern(300_000 + index, index)),
    ),
  );
  assert.ok(results.every(Boolean));
  await session.close();
  await until('the session ends', () => outcomes[0]?.end === 'done');
});

test('a refused port is reported on its connection, and the session goes on', async (t) => {
  const port = await tcpServer(t, (socket) => socket.pipe(socket));
  const { url } = await serve(t);
  const session = await openPortForward(url);
  await assert.rejects(readAll(await session.connect(1)), /error forwarding port 1: .*ECONNREFUSED/);
  assert.ok(await exchange(await session.connect(port), Buffer.from('goes on')));
  await session.close();
});

test('a connection that the container resets ends no other', async (t) => {
  const port = await tcpServer(t, (socket) => {
    socket.once('data', (chunk) => {
      if (String(chunk) === 'die') socket.resetAndDestroy();
      else socket.end(chunk);
    });
  });
  const { url } = await serve(t);
  const session = await openPortForward(url);
  const [dies, lives] = await Promise.all([session.connect(port), session.connect(port)]);
  dies.write('die');
  await assert.rejects(readAll(dies), /reset/);
  assert.ok(await exchange(lives, Buffer.from('lives')));
  await session.close();
});

test('a server that speaks first is heard, and one that reads late holds the client back: no byte is lost', async (t) => {
  const heard: Buffer[] = [];
  let socket: Socket | undefined;
  const port = await tcpServer(t, (accepted) => {
    socket = accepted;
    accepted.write('welcome ');
    accepted.pause();
  });
  const { url } = await serve(t);
  const session = await openPortForward(url);
  const stream = await session.connect(port);
  const sent = pattern(60_000_000);
  let taken = 0;
  const writing = (async () => {
    for (let at = 0; at < sent.length; at += 100_000) {
      const more = stream.write(sent.subarray(at, at + 100_000));
      taken = at;
      if (!more) await new Promise((resolve) => stream.once('drain', resolve));
    }
    stream.end();
  })();
  let before = -1;
  for (; before !== taken || taken === 0; await sleep(100)) before = taken;
  assert.ok(taken < 40_000_000, `${taken} bytes were taken though nobody reads`);
  socket?.on('data', (chunk: Buffer) => heard.push(chunk));
  socket?.once('end', () => socket?.end(Buffer.concat(heard)));
  socket?.resume();
  const back = await readAll(stream);
  await writing;
  assert.equal(back.subarray(0, 8).toString(), 'welcome ');
  assert.ok(back.subarray(8).equals(sent), 'the same bytes come back');
  await session.close();
});

test('a client that drops a connection, or all of them, frees the container’s', async (t) => {
  const sockets: Socket[] = [];
  const port = await tcpServer(t, (socket) => {
    sockets.push(socket);
    socket.resume();
  });
  const { url } = await serve(t);
  const session = await openPortForward(url);
  const streams = await Promise.all([session.connect(port), session.connect(port)]);
  await until('both connect', () => sockets.length === 2);
  const closed = (): number => sockets.filter((socket) => socket.closed || socket.readableEnded).length;
  streams[0]?.destroy();
  await until('one is freed', () => closed() === 1);
  await session.close();
  await until('both are freed', () => closed() === 2);
});

test('a connection that nobody reads holds back no other', async (t) => {
  const port = await tcpServer(t, (socket) => {
    socket.once('data', (chunk) => socket.end(Buffer.alloc(Number(chunk))));
  });
  const { url } = await serve(t);
  const session = await openPortForward(url);
  const [stalled, live] = await Promise.all([session.connect(port), session.connect(port)]);
  stalled.end('30000000');
  await new Promise((resolve) => setTimeout(resolve, 100));
  live.end('1000000');
  assert.equal((await readAll(live)).length, 1_000_000);
  assert.equal((await readAll(stalled)).length, 30_000_000);
  await session.close();
});

test('streams without a port, a type or a partner are turned away', async (t) => {
  const port = await tcpServer(t, (socket) => socket.pipe(socket));
  const { url } = await serve(t, loopback, { streamCreationTimeoutMs: 100 });
  const { session } = await dialSpdy(url, { protocols: ['portforward.k8s.io'] });
  for (const bad of ['', '0', '65536', 'http', '-1']) {
    await assert.rejects(session.open({ streamType: 'data', port: bad, requestID: '1' }));
  }
  await assert.rejects(session.open({ streamType: 'stdin', port: '80', requestID: '1' }));
  const unpaired = await session.open({ streamType: 'error', port: '80', requestID: '1' });
  assert.match((await readAll(unpaired)).toString(), /did not come in time/);
  // Clients of old send no requestID: neighbours belong together.
  const error = await session.open({ streamType: 'error', port: String(port) });
  const data = await session.open({ streamType: 'data', port: String(port) });
  assert.ok(await exchange(data, Buffer.from('paired')));
  assert.equal((await readAll(error)).length, 0);
  await session.close();
});

async function webSocket(url: string): Promise<{ got: Buffer[]; socket: WebSocket; closed: Promise<number> }> {
  const socket = new WebSocket(url.replace('http', 'ws'), ['v4.channel.k8s.io']);
  const got: Buffer[] = [];
  socket.on('message', (data: Buffer) => {
    const channel = data[0] ?? 0;
    got[channel] = Buffer.concat([got[channel] ?? Buffer.alloc(0), data.subarray(1)]);
  });
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return { got, socket, closed };
}

test('over WebSocket each port has two channels that start with its number', async (t) => {
  const port = await tcpServer(t, (socket) => {
    socket.once('data', (chunk) => socket.end(`${String(chunk)} back`));
  });
  const { url, outcomes } = await serve(t);
  const { got, socket, closed } = await webSocket(`${url}?port=${port}&port=1`);
  await until('both ports are announced', () => [0, 1, 2, 3].every((channel) => (got[channel]?.length ?? 0) >= 2));
  assert.equal(got[0]?.readUInt16LE(0), port);
  assert.equal(got[1]?.readUInt16LE(0), port);
  assert.equal(got[3]?.readUInt16LE(0), 1);
  socket.send(Buffer.from('\0there and'));
  assert.equal(await closed, 1000);
  assert.equal(got[0]?.subarray(2).toString(), 'there and back');
  assert.match(got[3]?.subarray(2).toString() ?? '', /error forwarding port 1: .*ECONNREFUSED/);
  await until('the session ends', () => outcomes[0]?.end === 'done');
});

test('over WebSocket the operation’s own ports win, and bad ones are refused', async (t) => {
  const port = await tcpServer(t, (socket) => socket.end('own'));
  const own = await serve(t, loopback, { ports: [port] });
  const { got, closed } = await webSocket(`${own.url}?port=1`);
  await closed;
  assert.equal(got[0]?.subarray(2).toString(), 'own');
  const open = await serve(t);
  for (const query of ['', '?port=0', '?port=80,http', `?${'port=1&'.repeat(200)}`]) {
    await assert.rejects(webSocket(open.url + query), /400/);
  }
});

/** Binary messages of a WebSocket client, unmasked in effect: the mask is zero (RFC 6455, section 5.3). */
class Messages extends Duplex {
  readonly #socket: Duplex;
  #rest = Buffer.alloc(0);

  constructor(socket: Duplex) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#parse(chunk));
    socket.once('close', () => this.push(null));
    socket.on('error', () => undefined);
  }

  #parse(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 10) {
      const short = (this.#rest[1] ?? 0) & 127;
      const start = short < 126 ? 2 : short === 126 ? 4 : 10;
      const length = short < 126 ? short : this.#rest.readUIntBE(start === 4 ? 2 : 4, start === 4 ? 2 : 6);
      if (this.#rest.length < start + length) return;
      if (((this.#rest[0] ?? 0) & 15) === 2) this.push(this.#rest.subarray(start, start + length));
      this.#rest = this.#rest.subarray(start + length);
    }
  }

  override _read(): void {
    // Messages are pushed as they come.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(chunk.length, 6);
    this.#socket.write(Buffer.concat([header, chunk]), () => done());
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }
}

test('a SPDY session inside a WebSocket forwards as on a plain connection', async (t) => {
  const port = await tcpServer(t, (socket) => socket.pipe(socket));
  const { url, outcomes } = await serve(t);
  const socket = await new Promise<Duplex>((resolve, reject) => {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
      'Sec-WebSocket-Protocol': 'SPDY/3.1+portforward.k8s.io',
    };
    const req = request(url, { headers, agent: false });
    req.once('error', reject);
    req.once('upgrade', (response, upgraded, head) => {
      assert.equal(response.headers['sec-websocket-protocol'], 'SPDY/3.1+portforward.k8s.io');
      if (head.length > 0) upgraded.unshift(head);
      resolve(upgraded);
    });
    req.end();
  });
  const session = new SpdySession(new Messages(socket), { role: 'client', lingerMs: 1000 });
  const headers = { port: String(port), requestID: '0' };
  const error = await session.open({ ...headers, streamType: 'error' });
  const data = await session.open({ ...headers, streamType: 'data' });
  assert.ok(await exchange(data, pattern(3_000_000)));
  assert.equal((await readAll(error)).length, 0);
  await session.close();
  await until('the session ends', () => outcomes[0]?.end === 'done');
});
