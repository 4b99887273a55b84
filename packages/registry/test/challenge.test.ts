import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChallenges } from '../src/auth/challenge.js';

test('challenges are read with quotes, commas inside and several in one header', () => {
  assert.deepEqual(parseChallenges('Bearer realm="https://a/token",service="r",scope="repository:x:pull,push"'), [
    { scheme: 'bearer', parameters: { realm: 'https://a/token', service: 'r', scope: 'repository:x:pull,push' } },
  ]);
  assert.deepEqual(parseChallenges('Basic realm="say \\"hi\\"", Bearer realm=https://b , service="s"'), [
    { scheme: 'basic', parameters: { realm: 'say "hi"' } },
    { scheme: 'bearer', parameters: { realm: 'https://b', service: 's' } },
  ]);
  assert.deepEqual(parseChallenges(['Negotiate', 'Basic realm="x"']), [
    { scheme: 'negotiate', parameters: {} },
    { scheme: 'basic', parameters: { realm: 'x' } },
  ]);
  assert.deepEqual(parseChallenges(undefined), []);
  assert.deepEqual(parseChallenges('=,"'), []);
});
