import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinuxContainerResources } from '@slipway/cri';
import { mergeResources } from '../src/resources/merge-resources.js';

const before = LinuxContainerResources.create({
  cpuShares: 512n,
  cpuQuota: 10_000n,
  memoryLimitInBytes: 64n,
  memorySwapLimitInBytes: 64n,
  hugepageLimits: [{ pageSize: '2MB', limit: 4n }],
  unified: { 'memory.high': '60' },
});
const merge = (changes: Parameters<typeof LinuxContainerResources.create>[0], from = before) =>
  mergeResources(from, LinuxContainerResources.create(changes));

test('what a change does not name stays as it is', () => {
  assert.deepEqual(merge({}), before);
  assert.deepEqual(merge({ cpuShares: 100n }), { ...before, cpuShares: 100n });
  assert.deepEqual(merge({ cpuQuota: -1n }).cpuQuota, -1n, 'no quota any more');
  assert.deepEqual(merge({ unified: { 'memory.low': '1' } }).unified, { 'memory.high': '60', 'memory.low': '1' });
  assert.deepEqual(merge({ cpuShares: 100n }, undefined).cpuShares, 100n);
});

test('a new memory limit does not meet the swap limit of the old one', () => {
  assert.equal(merge({ memoryLimitInBytes: 128n }).memorySwapLimitInBytes, 0n);
  assert.equal(merge({ memoryLimitInBytes: 128n, memorySwapLimitInBytes: 256n }).memorySwapLimitInBytes, 256n);
  const unlimited = { ...before, memorySwapLimitInBytes: -1n };
  assert.equal(merge({ memoryLimitInBytes: 128n }, unlimited).memorySwapLimitInBytes, -1n);
});
