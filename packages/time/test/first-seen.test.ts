import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FirstSeen } from '../src/index.js';

test('things age from the first look on, and are young again when they come again', () => {
  let now = 5000;
  const seen = new FirstSeen(() => now);
  assert.equal(seen.age('a'), 0);
  now += 70;
  assert.equal(seen.age('a'), 70);
  assert.equal(seen.age('b'), 0);
  seen.endRound();
  now += 10;
  assert.equal(seen.age('a'), 80);
  seen.endRound();
  seen.endRound();
  assert.deepEqual([seen.age('a'), seen.age('b')], [0, 0]);
});
