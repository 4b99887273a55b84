import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { headerDictionary } from '../src/spdy/dictionary.js';
import { controlFrame, dataHeader, FLAG_FIN, FrameType, pingFrame } from '../src/spdy/frames.js';
import { decodeHeaders, encodeHeaders, HeaderCompressor, HeaderDecompressor } from '../src/spdy/header-block.js';
import { type DataPiece, FrameParser, type ParsedFrame } from '../src/spdy/parser.js';
import { SpdyProtocolError } from '../src/spdy/protocol-error.js';

test('the dictionary is that of the draft: 1423 bytes with Adler-32 e3c6a7c2', () => {
  assert.equal(headerDictionary.length, 1423);
  // RFC 1950: with FDICT set, the dictionary's Adler-32 follows the two header bytes.
  assert.equal(deflateSync('x', { dictionary: headerDictionary }).toString('hex', 2, 6), 'e3c6a7c2');
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

test('headers pass through the shared zlib contexts, block after block', async (t) => {
  const compressor = new HeaderCompressor();
  const decompressor = new HeaderDecompressor(1024);
  t.after(() => {
    compressor.close();
    decompressor.close();
  });
  const sizes: number[] = [];
  for (let index = 0; index < 50; index++) {
    const block = await compressor.compress({
      StreamType: 'stdin',
      accept: ['a', 'b'],
      empty: '',
      index: String(index),
    });
    sizes.push(block.length);
    assert.deepEqual(
      { ...(await decompressor.decompress(block)) },
      { streamtype: ['stdin'], accept: ['a', 'b'], empty: [''], index: [String(index)] },
    );
  }
  assert.ok((sizes.at(-1) ?? 0) < (sizes[0] ?? 0), 'later blocks refer to earlier ones');
});

test('a block that unfolds beyond the limit is an error', async (t) => {
  const compressor = new HeaderCompressor();
  const decompressor = new HeaderDecompressor(64 * 1024);
  t.after(() => compressor.close());
  const bomb = await compressor.compress({ bomb: 'x'.repeat(50_000_000) });
  assert.ok(bomb.length < 400_000);
  await assert.rejects(decompressor.decompress(bomb), SpdyProtocolError);
  await assert.rejects(decompressor.decompress(bomb), SpdyProtocolError);
});

test('garbage instead of a compressed block is an error', async () => {
  const decompressor = new HeaderDecompressor(1024);
  await assert.rejects(decompressor.decompress(Buffer.from('this is not zlib')), SpdyProtocolError);
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
