import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlFrame, FrameType, pingFrame, synStreamPrefix, uint32s, windowUpdateFrame } from '../src/spdy/frames.js';
import { HeaderWriter } from '../src/spdy/header-block.js';
import { SpdySession } from '../src/spdy/session.js';
import type { SpdyStream } from '../src/spdy/stream.js';
import { pattern, readAll, sessionPair, socketPair, until } from './parts.js';

const echo = (stream: SpdyStream): void => {
  stream.pipe(stream);
};

test('concurrent streams carry their own bytes both ways', async (t) => {
  const { client } = await sessionPair(t, echo);
  const work = Array.from({ length: 100 }, async (_, index) => {
    const stream = await client.open({ streamType: 'data' });
    const sent = pattern(100_000 + index, index);
    stream.end(sent);
    assert.ok(sent.equals(await readAll(stream)));
  });
  await Promise.all(work);
  await until('all streams are released', () => client.streamCount === 0);
  await client.close();
});

test('an end is a half-close: the other way stays open', async (t) => {
  const { client } = await sessionPair(t, (stream) => {
    stream.resume();
    stream.once('end', () => stream.end('answer after the end'));
  });
  const stream = await client.open({ a: 'b' });
  stream.end('question');
  assert.equal((await readAll(stream)).toString(), 'answer after the end');
});

test('headers arrive in lower case, and a refused stream rejects while others go on', async (t) => {
  let seen: SpdyStream | undefined;
  const { client } = await sessionPair(
    t,
    (stream) => {
      seen = stream;
      echo(stream);
    },
    { accept: (headers) => (headers.kind?.[0] === 'bad' ? 'no such kind' : undefined) },
  );
  await assert.rejects(client.open({ kind: 'bad' }), /refused|reset/);
  const stream = await client.open({ Kind: 'good' });
  assert.equal(seen?.header('kind'), 'good');
  stream.end('x');
  assert.equal((await readAll(stream)).toString(), 'x');
});

test('more streams than the limit are refused, and places are free again', async (t) => {
  const { client } = await sessionPair(t, echo, { limits: { maxStreams: 3 } });
  const streams = await Promise.all([1, 2, 3].map(() => client.open({})));
  await assert.rejects(client.open({}));
  streams[0]?.destroy();
  await until('the place is free', () => client.streamCount === 2);
  const again = await client.open({});
  again.end('y');
  assert.equal((await readAll(again)).toString(), 'y');
});

test('a reset reaches the peer as an error of that stream only', async (t) => {
  const arrived: SpdyStream[] = [];
  const { client } = await sessionPair(t, (stream) => arrived.push(stream));
  const [one, two] = await Promise.all([client.open({}), client.open({})]);
  one.destroy();
  const first = arrived[0] as SpdyStream;
  await until('the reset arrives', () => first.destroyed);
  assert.match(String(first.errored?.message), /reset/);
  (arrived[1] as SpdyStream).end('still here');
  assert.equal((await readAll(two)).toString(), 'still here');
});

test('windows hold back one stream whose reader stalls, and leave the others alone', async (t) => {
  const arrived: SpdyStream[] = [];
  const { client, server } = await sessionPair(t, (stream) => arrived.push(stream), {
    limits: { windowBytes: 100_000 },
  });
  const [stalled, live] = await Promise.all([client.open({}), client.open({})]);
  const sent = pattern(3_000_000);
  stalled.end(sent);
  await until('the window is used up', () => server.unreadBytes >= 100_000);
  live.end('passes');
  assert.equal((await readAll(arrived[1] as SpdyStream)).toString(), 'passes');
  assert.ok(server.unreadBytes <= 100_000, `${server.unreadBytes} bytes are held`);
  assert.ok(sent.equals(await readAll(arrived[0] as SpdyStream)));
});

test('of a peer without windows no more is read than the session may hold', async (t) => {
  const [near, far] = await socketPair(t);
  const arrived: SpdyStream[] = [];
  const limits = { maxUnreadBytes: 1_000_000 };
  const session = new SpdySession(far, { role: 'server', limits, onStream: (stream) => arrived.push(stream) });
  near.resume();
  near.write(synStream(1));
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 1, 0, 0]), Buffer.alloc(65_536)]);
  let written = 0;
  for (let index = 0; index < 800; index++) near.write(frame, () => (written += 1));
  await until('reading stops', () => session.unreadBytes > limits.maxUnreadBytes);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(session.unreadBytes < 1_200_000, `${session.unreadBytes} bytes are held`);
  assert.ok(written < 800, 'the peer is held back');
  let got = 0;
  arrived[0]?.on('data', (chunk: Buffer) => (got += chunk.length));
  await until('all of it arrives', () => got === 800 * 65_536);
});

test('the windows of a peer that has some are kept', async (t) => {
  const [near, far] = await socketPair(t);
  let got = 0;
  const session = new SpdySession(far, {
    role: 'server',
    onStream: (stream) => stream.end(Buffer.alloc(300_000)),
  });
  near.on('data', (chunk: Buffer) => (got += chunk.length));
  near.write(controlFrame(FrameType.SETTINGS, 0, uint32s(1, 7, 10_000)));
  near.write(synStream(1));
  await until('the first window arrives', () => got >= 10_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(session.bytesSent, 10_000);
  near.write(windowUpdateFrame(1, 20_000));
  await until('the second one arrives', () => session.bytesSent === 30_000);
  near.write(windowUpdateFrame(1, 1_000_000));
  await until('the rest arrives', () => session.bytesSent === 300_000);
  near.destroy();
  await session.closed;
});

test('a reader slower than the session gets all bytes after it has ended', async (t) => {
  const sent = pattern(150_000);
  const { client, server } = await sessionPair(t, (stream) => {
    stream.end(sent, () => {
      server.close().catch(() => undefined);
    });
  });
  const stream = await client.open({});
  stream.end();
  await client.closed;
  assert.ok(sent.equals(await readAll(stream)));
});

test('pings are answered, and a flood of them from a peer that never reads is bounded', async (t) => {
  const [near, far] = await socketPair(t);
  const session = new SpdySession(far, { role: 'server', onStream: echo, limits: { maxReplyBytes: 10_000 } });
  const flood = Buffer.concat(Array.from({ length: 5000 }, () => pingFrame(1)));
  near.pause();
  let written = 0;
  for (let index = 0; index < 200; index++) near.write(flood, () => (written += 1));
  let steady = 0;
  await until('the kernel is full', () => {
    steady = far.writableLength > 5000 ? steady + 1 : 0;
    return steady > 20;
  });
  // A few frames of one chunk may still be answered past the limit; more is never held.
  assert.ok(far.writableLength < 200_000, `${far.writableLength} bytes of replies wait`);
  assert.ok(written < 200);
  let replies = 0;
  near.on('data', (chunk: Buffer) => (replies += chunk.length));
  near.resume();
  await until('every ping is answered', () => replies >= 200 * 5000 * 12);
  session.destroy();
});

test('an idle session ends, a busy one does not', async (t) => {
  const { client } = await sessionPair(t, echo, { idleTimeoutMs: 150 });
  const stream = await client.open({});
  stream.resume();
  const busy = setInterval(() => stream.write('x'), 20);
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(client.ended, false);
  clearInterval(busy);
  await client.closed;
});

const violations: [string, (syn: Buffer) => Buffer][] = [
  ['another version', () => Buffer.from([0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1])],
  ['an endless control frame', () => Buffer.from([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff])],
  ['plain text', () => Buffer.from('\x80GET / HTTP/1.1\r\n\r\n', 'latin1')],
  ['a stream id of the server', (syn) => patched(syn, 2)],
  ['stream 0', (syn) => patched(syn, 0)],
  ['a stream id twice', (syn) => Buffer.concat([syn, syn])],
  ['data on stream 0', () => Buffer.alloc(8)],
  ['garbage in place of headers', () => controlFrame(FrameType.SYN_STREAM, 0, synStreamPrefix(1), Buffer.alloc(20, 9))],
  ['SETTINGS that lie about their length', () => controlFrame(FrameType.SETTINGS, 0, uint32s(5, 1, 1))],
  ['a ping of wrong length', () => controlFrame(FrameType.PING, 0, Buffer.alloc(3))],
];

for (const [name, make] of violations) {
  test(`${name} ends the session with GOAWAY`, async (t) => {
    const [near, far] = await socketPair(t);
    const session = new SpdySession(far, { role: 'server', onStream: echo, lingerMs: 100 });
    near.write(make(synStream(1)));
    const answer = await readAll(near);
    near.end();
    const error = await session.closed;
    assert.ok(error, 'the session names its error');
    // The last frame: GOAWAY, with status 1.
    assert.equal(answer.subarray(-16, -12).toString('hex'), '80030007');
    assert.equal(answer.readUInt32BE(answer.length - 4), 1);
  });
}

test('data for no stream, after an end, and an overrun window reset only that stream', async (t) => {
  const [near, far] = await socketPair(t);
  const session = new SpdySession(far, { role: 'server', onStream: () => undefined, limits: { windowBytes: 70_000 } });
  const resets: string[] = [];
  let rest = Buffer.alloc(0);
  near.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 8 && rest.length >= 8 + rest.readUIntBE(5, 3)) {
      const length = rest.readUIntBE(5, 3);
      if (rest.readUInt32BE(0) === 0x80030003) resets.push(`${rest.readUInt32BE(8)}:${rest.readUInt32BE(12)}`);
      rest = rest.subarray(8 + length);
    }
  });
  const writer = new HeaderWriter();
  near.write(controlFrame(FrameType.SETTINGS, 0, uint32s(1, 7, 65_536)));
  for (const id of [1, 3]) {
    near.write(controlFrame(FrameType.SYN_STREAM, 0, synStreamPrefix(id), writer.write({ id: String(id) })));
  }
  near.write(Buffer.from([0, 0, 0, 99, 1, 0, 0, 1, 0x78]));
  near.write(Buffer.from([0, 0, 0, 1, 1, 0, 0, 1, 0x78, 0, 0, 0, 1, 0, 0, 0, 1, 0x78]));
  near.write(Buffer.concat([Buffer.from([0, 0, 0, 3, 0, 2, 0, 0]), Buffer.alloc(131_072)]));
  await until('three resets', () => resets.length === 3);
  assert.deepEqual(resets, ['99:2', '1:9', '3:7']);
  assert.equal(session.ended, false);
  session.destroy();
});

function synStream(id: number): Buffer {
  return controlFrame(FrameType.SYN_STREAM, 0, synStreamPrefix(id), new HeaderWriter().write({ a: 'b' }));
}

function patched(frame: Buffer, id: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt32BE(id, 8);
  return copy;
}
