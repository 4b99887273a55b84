import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import {
  controlFrame,
  dataHeader,
  FLAG_FIN,
  FrameType,
  pingFrame,
  synStreamPrefix,
  uint32s,
  windowUpdateFrame,
} from '../src/spdy/frames.js';
import { encodeHeaders, HeaderWriter } from '../src/spdy/header-block.js';
import { SpdySession } from '../src/spdy/session.js';

const seed = Number(process.env.SLIPWAY_FUZZ_SEED ?? 20_261);
const rounds = Number(process.env.SLIPWAY_FUZZ_ROUNDS ?? 600);

/** mulberry32: small, and the same everywhere. */
function random(state: number): () => number {
  let a = state >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A connection in memory: what is fed is read by the session, what it writes is counted and dropped. */
class Wire extends Duplex {
  sent = 0;

  feed(bytes: Buffer): void {
    this.push(bytes);
  }

  override _read(): void {
    // Bytes are pushed by feed.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.sent += chunk.length;
    setImmediate(done);
  }
}

/** A valid conversation of some frames, with one zlib stream. */
function conversation(next: () => number): Buffer[] {
  const writer = new HeaderWriter();
  const frames: Buffer[] = [controlFrame(FrameType.SETTINGS, 0, uint32s(1, 7, 100_000))];
  const pick = (count: number): number => Math.floor(next() * count);
  let streams = 0;
  for (let count = 3 + pick(12); count > 0; count--) {
    const id = streams === 0 ? 1 : 1 + 2 * pick(streams);
    switch (streams === 0 ? 0 : pick(8)) {
      case 0:
      case 1:
        frames.push(
          controlFrame(
            FrameType.SYN_STREAM,
            pick(3),
            synStreamPrefix(1 + 2 * streams++),
            writer.write({ type: `t${pick(9)}` }),
          ),
        );
        break;
      case 2:
      case 3:
      case 4: {
        const length = pick(3000);
        frames.push(dataHeader(id, pick(8) === 0 ? FLAG_FIN : 0, length), Buffer.alloc(length, pick(256)));
        break;
      }
      case 5:
        frames.push(pingFrame(pick(100)), windowUpdateFrame(id, pick(0x7fffffff)));
        break;
      case 6:
        frames.push(controlFrame(FrameType.HEADERS, pick(2), uint32s(id), writer.write({ more: 'x' })));
        break;
      default:
        frames.push(
          controlFrame([FrameType.RST_STREAM, FrameType.GOAWAY, 77][pick(3)] ?? 77, 0, uint32s(id, pick(12))),
        );
    }
  }
  return frames;
}

function mutate(bytes: Buffer, next: () => number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(next() * copy.length);
  switch (Math.floor(next() * 6)) {
    case 0:
      copy[at] = Math.floor(next() * 256);
      return copy;
    case 1:
      copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(next() * 8));
      return copy;
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + Math.floor(next() * 8))]);
    case 3:
      return Buffer.concat([copy.subarray(0, at), Buffer.from([0xff, 0xff, 0xff, 0xff]), copy.subarray(at)]);
    case 4:
      return Buffer.concat([copy, copy.subarray(at)]);
    default:
      return copy;
  }
}

test(`mutated conversations never throw, hang or hold memory (seed ${seed}, ${rounds} rounds)`, async () => {
  const strays: unknown[] = [];
  const onStray = (error: unknown): void => {
    strays.push(error);
  };
  process.on('uncaughtException', onStray);
  process.on('unhandledRejection', onStray);
  try {
    for (let round = 0; round < rounds; round++) {
      const next = random(seed + round);
      let bytes = Buffer.concat(conversation(next));
      for (let count = Math.floor(next() * 4); count > 0; count--) bytes = Buffer.from(mutate(bytes, next));
      const wire = new Wire();
      const limits = { maxUnreadBytes: 20_000, maxStreams: 5, maxControlBytes: 2000, maxHeaderBytes: 2000 };
      const session = new SpdySession(wire, {
        role: next() < 0.8 ? 'server' : 'client',
        limits,
        lingerMs: 20,
        onStream: (stream) => {
          const way = Math.floor(next() * 4);
          if (way === 0) stream.pipe(stream);
          else if (way === 1) stream.resume();
          else if (way === 2) stream.end('answer');
          // The fourth way: nobody reads.
        },
      });
      for (let offset = 0; offset < bytes.length; ) {
        const size = 1 + Math.floor(next() * 2000);
        wire.feed(bytes.subarray(offset, offset + size));
        offset += size;
        if (next() < 0.3) await new Promise((resolve) => setImmediate(resolve));
        assert.ok(session.unreadBytes <= limits.maxUnreadBytes + 2000, `round ${round}: ${session.unreadBytes} unread`);
        assert.ok(session.streamCount <= limits.maxStreams, `round ${round}`);
      }
      await new Promise((resolve) => setImmediate(resolve));
      wire.push(null);
      wire.end();
      // A session whose bytes nobody reads waits for its connection to go, as on a real socket.
      setTimeout(() => wire.destroy(), 20).unref();
      const hung = new Promise<string>((resolve) => setTimeout(() => resolve('hung'), 5000).unref());
      assert.notEqual(await Promise.race([session.closed, hung]), 'hung', `round ${round}`);
      assert.equal(session.streamCount, 0, `round ${round}`);
      assert.ok(wire.sent < 1_000_000, `round ${round}: ${wire.sent} bytes were answered`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(strays, []);
  } finally {
    process.off('uncaughtException', onStray);
    process.off('unhandledRejection', onStray);
  }
});

test('header blocks of random bytes never throw anything else than their error', async () => {
  const next = random(seed);
  const { decodeHeaders } = await import('../src/spdy/header-block.js');
  const { SpdyProtocolError } = await import('../src/spdy/protocol-error.js');
  const good = encodeHeaders({ port: '80', streamtype: 'data', requestid: '1' });
  for (let round = 0; round < 5000; round++) {
    try {
      decodeHeaders(mutate(mutate(good, next), next));
    } catch (error) {
      assert.ok(error instanceof SpdyProtocolError);
    }
  }
});
