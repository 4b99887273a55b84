import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import {
  Digester,
  digestAlgorithm,
  digestFault,
  digestHex,
  digestOf,
  isDigest,
  matchesDigest,
  parseDigest,
} from '../src/index.js';

const bytes = Buffer.from('slipway');
const sha256 = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const sha512 = `sha512:${createHash('sha512').update(bytes).digest('hex')}`;

test('digests of both algorithms that the image specification registers for sha2 are read', () => {
  for (const text of [sha256, sha512]) {
    const digest = parseDigest(text);
    assert.equal(digest, text);
    assert.equal(`${digestAlgorithm(digest)}:${digestHex(digest)}`, text);
    assert.ok(matchesDigest(bytes, digest));
    assert.ok(!matchesDigest(Buffer.from('other'), digest));
    assert.equal(digestOf(bytes, digestAlgorithm(digest)), text);
  }
});

test('a text that could name another file is no digest', () => {
  const wrong = [
    '',
    'sha256',
    'sha256:',
    ':abc',
    sha256.toUpperCase(),
    sha256.slice(0, -1),
    `${sha256}0`,
    `${sha256.slice(0, -1)}/`,
    `${sha256}:x`,
    `sha384:${'a'.repeat(96)}`,
    `../../etc:${'a'.repeat(64)}`,
  ];
  for (const text of wrong) {
    assert.ok(!isDigest(text), text);
    assert.throws(
      () => parseDigest(text),
      (error) => isSlipwayError(error) && error.code === 'REGISTRY_ERROR',
    );
    assert.throws(
      () => parseDigest(text, 'IMAGE_INVALID'),
      (error) => isSlipwayError(error) && error.code === 'IMAGE_INVALID',
    );
  }
});

test('a fault names a long text in part only', () => {
  assert.ok(String(digestFault('x'.repeat(100_000))).length < 300);
});

test('a digester counts and digests what went in', () => {
  const digester = new Digester('sha512');
  for (const byte of bytes) digester.update(Uint8Array.of(byte));
  assert.equal(digester.bytes, bytes.length);
  assert.equal(digester.digest(), sha512);
});
