import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPlatform, normalizePlatform, platformRank, runnablePlatforms } from '../src/manifest/platform.js';

const names = (text: string) => {
  const [os = '', architecture = '', variant] = text.split('/');
  return runnablePlatforms({ os, architecture, variant }).map(formatPlatform);
};

test('a platform runs its own images, older variants and its 32-bit brother', () => {
  assert.deepEqual(names('linux/amd64'), ['linux/amd64', 'linux/386']);
  assert.deepEqual(names('linux/amd64/v3'), ['linux/amd64/v3', 'linux/amd64/v2', 'linux/amd64', 'linux/386']);
  assert.deepEqual(names('linux/arm'), ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']);
  assert.deepEqual(names('linux/arm/v6'), ['linux/arm/v6', 'linux/arm/v5']);
  assert.deepEqual(names('linux/arm64'), [
    'linux/arm64',
    'linux/arm/v8',
    'linux/arm/v7',
    'linux/arm/v6',
    'linux/arm/v5',
  ]);
  assert.deepEqual(names('linux/s390x'), ['linux/s390x']);
});

test('aliases and default variants are one platform', () => {
  const forms: [string, string, string | undefined, string][] = [
    ['x86_64', 'linux', undefined, 'linux/amd64'],
    ['aarch64', 'linux', 'v8', 'linux/arm64'],
    ['arm64', 'Linux', '8', 'linux/arm64'],
    ['armhf', 'linux', undefined, 'linux/arm/v7'],
    ['arm', 'linux', '6', 'linux/arm/v6'],
  ];
  for (const [architecture, os, variant, expected] of forms)
    assert.equal(formatPlatform(normalizePlatform({ os, architecture, variant })), expected);
});

test('a newer variant or another system does not run', () => {
  const amd64 = { os: 'linux', architecture: 'amd64' };
  assert.equal(platformRank(amd64, { os: 'linux', architecture: 'amd64', variant: 'v3' }), undefined);
  assert.equal(platformRank(amd64, { os: 'windows', architecture: 'amd64' }), undefined);
  assert.equal(platformRank(amd64, amd64), 0);
});
