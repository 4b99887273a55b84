import assert from 'node:assert/strict';
import { test } from 'node:test';
import protobuf from 'protobufjs/minimal.js';
import { fromLong, fromULong, readEntry, toLong, toULong } from '../src/index.js';

/** A value as it comes back from the wire. */
function signed(value: bigint): bigint {
  const reader = protobuf.Reader.create(protobuf.Writer.create().int64(toLong(value)).finish());
  return fromLong(reader.int64());
}

function unsigned(value: bigint): bigint {
  const reader = protobuf.Reader.create(protobuf.Writer.create().uint64(toULong(value)).finish());
  return fromULong(reader.uint64());
}

test('times in nanoseconds and the ends of both ranges come back exactly', () => {
  const edges = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 1_767_225_600_123_456_789n];
  for (const value of [...edges, 2n ** 63n - 1n]) {
    assert.equal(signed(value), value);
    assert.equal(signed(-value), -value);
    assert.equal(unsigned(value), value);
  }
  assert.equal(signed(-(2n ** 63n)), -(2n ** 63n));
  for (const value of [2n ** 63n, 2n ** 64n - 1n]) assert.equal(unsigned(value), value);
});

test('a label that is called __proto__ is a label', () => {
  const bytes = protobuf.Writer.create().uint32(10).string('__proto__').uint32(18).string('value').finish();
  const reader = protobuf.Reader.create(protobuf.Writer.create().bytes(bytes).finish());
  const labels: Record<string, string> = {};
  readEntry(reader, labels, () => reader.string(), '');
  assert.deepEqual(Object.entries(labels), [['__proto__', 'value']]);
  assert.equal(Object.getPrototypeOf(labels), Object.prototype);
});
