import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareOfKills, type Uncounted } from '../src/index.js';

const ended = (id: string, exitCode: number, marked = false): Uncounted => ({ id, exitCode, marked });

test('what a pod has counted besides its known containers is that of the one that ended', () => {
  assert.equal(shareOfKills(3, ended('a', 1), []), 3);
  assert.equal(shareOfKills(0, ended('a', 137), []), 0);
  assert.equal(shareOfKills(-1, ended('a', 137), []), 0);
});

test('of several that ended uncounted the likelier ones come first, and each had one', () => {
  const [seen, killed, well] = [ended('a', 1, true), ended('b', 137), ended('c', 0)];
  assert.deepEqual(
    [shareOfKills(1, seen, [killed, well]), shareOfKills(1, killed, [seen, well]), shareOfKills(1, well, [seen])],
    [1, 0, 0],
  );
  assert.deepEqual([shareOfKills(2, seen, [ended('d', 1, true)]), shareOfKills(2, killed, [seen])], [1, 1]);
});
