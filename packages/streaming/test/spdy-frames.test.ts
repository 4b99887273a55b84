import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, createDeflate, deflateSync, inflateSync } from 'node:zlib';
import { headerDictionary, headerDictionaryId } from '../src/spdy/dictionary.js';
import { controlFrame, dataHeader, FLAG_FIN, FrameType, pingFrame } from '../src/spdy/frames.js';
import { decodeHeaders, encodeHeaders, HeaderReader, HeaderWriter } from '../src/spdy/header-block.js';
import { type DataPiece, FrameParser, type ParsedFrame } from '../src/spdy/parser.js';
import { SpdyProtocolError } from '../src/spdy/protocol-error.js';

test('the dictionary is that of the draft: 1423 bytes with Adler-32 e3c6a7c2', () => {
  assert.equal(headerDictionary.length, 1423);
  // RFC 1950: with FDICT set, the dictionary's Adler-32 follows the two header bytes.
  assert.equal(deflateSync('x', { dictionary: headerDictionary }).toString('hex', 2, 6), 'e3c6a7c2');
  assert.equal(headerDictionaryId, 0xe3c6a7c2);
});

test('frames come out the same however the bytes are cut', () => {
  const wire = Buffer.concat([
    pingFrame(7),
    dataHeader(5, FLAG_FIN, 11),
    Buffer.from('hello world'),
    dataHeader(9, 0, 0),
    controlFrame(FrameType.GOAWAY, 0, Buffer.alloc(8)),
    dataHeader(9, FLAG_FIN, 0),
  ]);
  for (let size = 1; size <= wire.length; size++) {
    const parser = new FrameParser(1024);
    const frames: ParsedFrame[] = [];
    for (let offset = 0; offset < wire.length; offset += size) {
      frames.push(...parser.feed(wire.subarray(offset, offset + size)));
    }
    const data = frames.filter((frame): frame is DataPiece => 'bytes' in frame);
    const five = data.filter(({ stream }) => stream === 5);
    assert.equal(Buffer.concat(five.map(({ bytes }) => bytes)).toString(), 'hello world');
    assert.deepEqual(five.map(({ fin }) => fin).filter(Boolean), [true]);
    assert.equal(five.at(-1)?.fin, true);
    assert.deepEqual(
      data.filter(({ stream }) => stream === 9).map(({ fin }) => fin),
      [false, true],
    );
    assert.deepEqual(
      frames.flatMap((frame) => ('bytes' in frame ? [] : [frame.type])),
      [FrameType.PING, FrameType.GOAWAY],
    );
  }
});

test('a control frame of another version or beyond the limit is an error before its payload is held', () => {
  const large = controlFrame(FrameType.PING, 0, Buffer.alloc(100)).subarray(0, 8);
  assert.throws(() => [...new FrameParser(99).feed(large)], SpdyProtocolError);
  const version2 = pingFrame(1);
  version2[1] = 2;
  assert.throws(() => [...new FrameParser(99).feed(version2)], SpdyProtocolError);
});

/** As a peer that compresses writes them. */
async function deflated(blocks: Buffer[]): Promise<Buffer[]> {
  const zlib = createDeflate({ dictionary: headerDictionary, flush: constants.Z_SYNC_FLUSH });
  const flushed: Buffer[] = [];
  for (const block of blocks) {
    await new Promise((resolve) => zlib.write(block, resolve));
    const parts: Buffer[] = [];
    for (let part = zlib.read() as Buffer | null; part; part = zlib.read() as Buffer | null) parts.push(part);
    flushed.push(Buffer.concat(parts));
  }
  zlib.close();
  return flushed;
}

const headersOf = (index: number): Record<string, string | string[]> => ({
  StreamType: 'stdin',
  accept: ['a', 'b'],
  empty: '',
  index: String(index),
});

test('headers are read block after block, from peers that compress and from our own', async () => {
  const indexes = Array.from({ length: 50 }, (_, index) => index);
  const own = new HeaderWriter();
  const stored = indexes.map((index) => own.write(headersOf(index)));
  const compressed = await deflated(indexes.map((index) => encodeHeaders(headersOf(index))));
  assert.ok((compressed[49]?.length ?? 0) < (compressed[0]?.length ?? 0), 'later blocks refer to earlier ones');
  for (const blocks of [stored, compressed]) {
    const reader = new HeaderReader(1024);
    for (const [index, block] of blocks.entries()) {
      const expected = { streamtype: ['stdin'], accept: ['a', 'b'], empty: [''], index: [String(index)] };
      assert.deepEqual({ ...reader.read(block) }, expected);
    }
  }
});

test('zlib itself reads what is written, be it longer than a stored block', () => {
  const writer = new HeaderWriter();
  const headers: Record<string, string>[] = [{}, { long: 'x'.repeat(200_000) }, { port: '80' }];
  const written = Buffer.concat(headers.map((each) => writer.write(each)));
  const read = inflateSync(written, { dictionary: headerDictionary, finishFlush: constants.Z_SYNC_FLUSH });
  assert.ok(read.equals(Buffer.concat(headers.map((each) => encodeHeaders(each)))));
});

test('a block that unfolds beyond the limit is an error', () => {
  const unfolded = encodeHeaders({ bomb: 'x'.repeat(50_000_000) });
  const bomb = deflateSync(unfolded, { dictionary: headerDictionary, finishFlush: constants.Z_SYNC_FLUSH });
  assert.ok(bomb.length < 400_000);
  const reader = new HeaderReader(64 * 1024);
  for (let tries = 0; tries < 2; tries++) assert.throws(() => reader.read(bomb), SpdyProtocolError);
});

test('garbage instead of a compressed block is an error, and so is a stream that ends', () => {
  assert.throws(() => new HeaderReader(1024).read(Buffer.from('this is not zlib')), SpdyProtocolError);
  const ended = deflateSync(encodeHeaders({ a: 'b' }), { dictionary: headerDictionary });
  assert.throws(() => new HeaderReader(1024).read(ended), SpdyProtocolError);
});

test('header blocks that lie about themselves are errors', () => {
  const good = encodeHeaders({ port: '80', streamtype: 'data' });
  assert.deepEqual({ ...decodeHeaders(good) }, { port: ['80'], streamtype: ['data'] });
  for (let length = 0; length < good.length; length++) {
    assert.throws(() => decodeHeaders(good.subarray(0, length)), SpdyProtocolError);
  }
  assert.throws(() => decodeHeaders(Buffer.concat([good, Buffer.from('x')])), SpdyProtocolError);
  const upper = Buffer.from(good.toString('latin1').replace('port', 'Port'), 'latin1');
  assert.throws(() => decodeHeaders(upper), SpdyProtocolError);
  const twice = encodeHeaders({ port: '80', porq: '80' });
  assert.throws(() => decodeHeaders(Buffer.from(twice.toString('latin1').replace('porq', 'port'), 'latin1')));
  const endless = Buffer.alloc(64);
  endless.writeUInt32BE(0xffffffff);
  assert.throws(() => decodeHeaders(endless), SpdyProtocolError);
});
