import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteQueue } from '../src/byte-queue.js';
import { pattern } from './parts.js';

test('bytes come out as they went in, whatever their pieces', () => {
  const queue = new ByteQueue();
  const sent = pattern(1_000_000);
  const got: Buffer[] = [];
  for (let offset = 0, round = 0; offset < sent.length; round++) {
    const size = [1, 3, 500, 16_384, 16_385, 70_000, 0][round % 7] ?? 1;
    queue.push(sent.subarray(offset, offset + size));
    offset += size;
    if (round % 5 === 0) got.push(queue.shift() ?? Buffer.alloc(0));
  }
  const held = queue.bytes;
  let rest = 0;
  for (let part = queue.shift(); part; part = queue.shift()) {
    got.push(part);
    rest += part.length;
  }
  assert.equal(rest, held);
  assert.equal(queue.bytes, 0);
  assert.ok(sent.equals(Buffer.concat(got)));
});

test('a million single bytes hold a few parts, not a million', () => {
  const queue = new ByteQueue();
  const one = Buffer.alloc(1, 7);
  for (let count = 0; count < 1_000_000; count++) queue.push(one);
  let parts = 0;
  while (queue.shift()) parts += 1;
  assert.ok(parts < 100, `${parts} parts`);
});
