import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { encodeSize, readSizes, ResizeQueue, type TerminalSize } from '../src/remote-command/resize.js';

async function sizesOf(chunks: readonly (Buffer | string)[]): Promise<TerminalSize[]> {
  const [stream, queue] = [new PassThrough(), new ResizeQueue()];
  readSizes(stream, queue);
  const seen: TerminalSize[] = [];
  const reading = (async () => {
    for await (const size of queue) seen.push(size);
  })();
  for (const chunk of chunks) {
    stream.write(chunk);
    await new Promise(setImmediate);
  }
  stream.end();
  await reading;
  return seen;
}

test('sizes arrive in pieces, several together, and between other text', async () => {
  const [first, second] = [encodeSize({ columns: 80, rows: 24 }), encodeSize({ columns: 132, rows: 50 })];
  assert.deepEqual(await sizesOf([first.subarray(0, 7), first.subarray(7), second]), [
    { columns: 80, rows: 24 },
    { columns: 132, rows: 50 },
  ]);
  // The newest of several sizes in a piece counts.
  assert.deepEqual(await sizesOf([Buffer.concat([first, second, Buffer.from('{"Width":1')])]), [
    { columns: 132, rows: 50 },
  ]);
  assert.deepEqual(await sizesOf(['{"Width":-1,"Height":5}', 'x}{}', '{"Width":70000,"Height":1}\n', first]), [
    { columns: 80, rows: 24 },
  ]);
});

test('a flood on the resize stream costs no parsing', async (t) => {
  const parse = t.mock.method(JSON, 'parse');
  const last = encodeSize({ columns: 9, rows: 8 });
  for (const filling of ['}', '{}', '{"Width":1}', '{', '"']) {
    const flood = Buffer.alloc(64 * 1024, filling);
    assert.deepEqual(await sizesOf([...Array.from({ length: 50 }, () => flood), '\n', last]), [
      { columns: 9, rows: 8 },
    ]);
  }
  const calls = parse.mock.callCount();
  assert.ok(calls < 5 * 50 * 6, `${calls} texts were parsed`);
});
