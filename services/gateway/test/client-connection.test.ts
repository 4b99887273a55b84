import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2';
import { connect as dial, createServer as listen, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { ClientConnection } from '../src/server/client-connection.js';
import { ClientFrames } from '../src/server/client-frames.js';

const path = '/run/slipway/slipway.sock';
const mended = '.run.slipway.slipway.sock';

interface Wire {
  /** The server's end. */
  peer: ServerHttp2Session;
  /** Traffic of Node's HTTP/2 client passes through. */
  session: ClientHttp2Session;
  /** Requests as the server saw them, in order. */
  seen: IncomingHttpHeaders[];
  /** Errors of the server. */
  failures: Error[];
  /** Bytes of the client as they arrived. */
  sent: Buffer[];
  socket: Socket;
}

/** An HTTP/2 server behind {@link ClientConnection}, which sends back what it is sent, and a client of it. */
async function wire(t: TestContext, options: { paddingStrategy?: number } = {}): Promise<Wire> {
  const seen: IncomingHttpHeaders[] = [];
  const failures: Error[] = [];
  const sent: Buffer[] = [];
  const server = createServer();
  server.on('stream', (stream, headers) => {
    seen.push(headers);
    stream.respond({ ':status': 200 });
    stream.pipe(stream);
  });
  server.on('sessionError', (error: Error) => failures.push(error));
  const directory = mkdtempSync(join(tmpdir(), 'sw-client-'));
  const at = join(directory, 'socket');
  const listener = listen((socket) => {
    socket.on('data', (chunk: Buffer) => sent.push(Buffer.from(chunk)));
    server.emit('connection', new ClientConnection(socket));
  }).listen(at);
  await once(listener, 'listening');
  const socket = dial(at);
  const opened = once(server, 'session') as Promise<[ServerHttp2Session]>;
  const session = connect('http://unused', { ...options, createConnection: () => socket });
  const [peer] = await opened;
  t.after(() => {
    session.destroy();
    listener.close();
    rmSync(directory, { recursive: true });
  });
  return { peer, session, seen, failures, sent, socket };
}

async function ask(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body = Buffer.alloc(0),
): Promise<Buffer> {
  const stream = session.request({ ':method': 'POST', ':path': '/a/b', ...headers }, { endStream: false });
  // In parts: one write of more than 10 MB is over what Node lets a session hold.
  const parts = Math.ceil(body.length / 65_536);
  Readable.from(Array.from({ length: parts }, (_, at) => body.subarray(at * 65_536, (at + 1) * 65_536))).pipe(stream);
  const answer: Buffer[] = [];
  for await (const part of stream) answer.push(part as Buffer);
  return Buffer.concat(answer);
}

/** As long in Huffman's code as its rarest characters make it, or plain where that is shorter. */
const authorities = {
  'a path': path,
  'a path of rare characters, which is not worth Huffman’s code': '/$$~~/@@[]/!!',
  'every character that Huffman codes in 15 bits at most': "/!$%&'()*+,-./0123456789:;=@ABCXYZ[]_abcxyz~/",
  'a path, escaped': encodeURIComponent(path),
  'a host': 'localhost:80',
  'a single slash': '/',
};

for (const [what, authority] of Object.entries(authorities)) {
  test(`authority: ${what}`, async (t) => {
    const { session, seen } = await wire(t);
    // The second request names it by HPACK's dynamic table.
    for (let at = 0; at < 2; at++) await ask(session, { ':authority': authority, 'x-path': '/x/y' });
    assert.equal(seen.length, 2);
    for (const headers of seen) {
      assert.equal(headers[':authority'], authority.replaceAll('/', '.').replaceAll('@', '$'));
      assert.deepEqual([headers[':path'], headers['x-path']], ['/a/b', '/x/y']);
    }
  });
}

test('a long connection with a table that overflows, concurrent requests, and frames with padding', async (t) => {
  const { session, seen } = await wire(t, { paddingStrategy: constants.PADDING_STRATEGY_MAX });
  const requests = Array.from({ length: 200 }, (_, at) =>
    ask(
      session,
      { ':authority': `${path}.${at % 7}`, [`x-${at}`]: `/${'v'.repeat(at * 3)}` },
      Buffer.from(`body ${at}`),
    ),
  );
  (await Promise.all(requests)).forEach((answer, at) => assert.equal(answer.toString(), `body ${at}`));
  assert.equal(seen.length, requests.length);
  seen.forEach((headers, at) => {
    assert.equal(headers[':authority'], `${mended}.${at % 7}`);
    assert.equal(headers[`x-${at}`], `/${'v'.repeat(at * 3)}`);
  });
});

test('20 MB go both ways unchanged', async (t) => {
  const { session } = await wire(t);
  const body = Buffer.alloc(20 << 20, 'all/of/it ');
  assert.ok(body.equals(await ask(session, { ':authority': path }, body)));
});

test('however the bytes are cut, the same comes out', async (t) => {
  const { session, sent } = await wire(t, { paddingStrategy: constants.PADDING_STRATEGY_MAX });
  for (const at of ['1', '2', '3']) await ask(session, { ':authority': path, 'x-at': at }, Buffer.alloc(40_000, at));
  const input = Buffer.concat(sent);
  const whole = new ClientFrames().mend(Buffer.from(input));
  assert.ok(!whole.equals(input), 'the authority was mended');
  for (const size of [1, 2, 7, 100, 16_000]) {
    const frames = new ClientFrames();
    const parts: Buffer[] = [];
    for (let at = 0; at < input.length; at += size) parts.push(frames.mend(Buffer.from(input.subarray(at, at + size))));
    assert.ok(Buffer.concat(parts).equals(whole), `${size} bytes at a time`);
  }
});

test('what is no HTTP/2, or is cut off, goes by and harms nobody', () => {
  const http1 = Buffer.from('GET / HTTP/1.1\r\nhost: /run/slipway\r\n\r\n');
  assert.ok(new ClientFrames().mend(http1).equals(http1));
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const frame = (...block: number[]) => Buffer.from([0, 0, block.length, 1, 4, 0, 0, 0, 1, ...block]);
  // A length without an end, a string beyond the block, a Huffman code that is none, an authority that is not there.
  const wrong = [[0xff, 0xff, 0xff], [0x41, 0x7f, 0x2f], [0x41, 0x84, 0xff, 0xff, 0xff, 0xff], [0x41], [0x00, 0x7f]];
  for (const block of wrong) {
    const bytes = Buffer.concat([preface, frame(...block)]);
    assert.equal(new ClientFrames().mend(Buffer.from(bytes)).length, bytes.length, String(block));
  }
  // A frame longer than any that may come is not waited for.
  const long = Buffer.concat([preface, Buffer.from([0xff, 0xff, 0xff, 1, 4, 0, 0, 0, 1, 0x41])]);
  assert.equal(new ClientFrames().mend(long).length, long.length);
});

test('whichever end leaves, the other one sees it', async (t) => {
  const leaves: ((wire: Wire) => void)[] = [
    ({ socket }) => socket.destroy(),
    ({ session }) => session.close(),
    ({ session }) => session.destroy(),
    ({ peer }) => peer.close(),
    ({ peer }) => peer.destroy(),
  ];
  for (const leave of leaves) {
    const wired = await wire(t);
    await ask(wired.session, { ':authority': path });
    const { session, peer, socket, failures } = wired;
    // A client that is cut off may see a reset.
    for (const end of [session, socket]) end.on('error', () => undefined);
    const closed = [session, peer, socket].map((end) => new Promise((resolve) => end.once('close', resolve)));
    leave(wired);
    await Promise.all(closed);
    assert.deepEqual(failures, []);
  }
});
