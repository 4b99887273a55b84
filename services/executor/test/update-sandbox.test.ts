import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinuxContainerResources } from '@slipway/cri';
import { podLimits } from '../src/sandbox/update.js';

type Fields = Parameters<typeof LinuxContainerResources.create>[0];
const limits = (resources: Fields, overhead?: Fields) =>
  podLimits(LinuxContainerResources.create(resources), overhead && LinuxContainerResources.create(overhead));

test('a pod may use what its containers may, and its overhead', () => {
  assert.deepEqual(
    limits(
      { cpuShares: 512n, cpuQuota: 50_000n, cpuPeriod: 50_000n, memoryLimitInBytes: 64n },
      { cpuShares: 100n, cpuQuota: 10_000n, memoryLimitInBytes: 6n },
    ),
    { cpuShares: 612n, cpuQuota: 55_000n, cpuPeriod: 50_000n, memory: 70n },
  );
});

test('an overhead limits nothing by itself, and lifts no lifted limit', () => {
  assert.deepEqual(limits({}, { cpuQuota: 10_000n, memoryLimitInBytes: 6n }), {
    cpuShares: undefined,
    cpuQuota: undefined,
    cpuPeriod: 0n,
    memory: undefined,
  });
  const lifted = limits({ cpuQuota: -1n, memoryLimitInBytes: -1n }, { cpuQuota: 10_000n, memoryLimitInBytes: 6n });
  assert.deepEqual([lifted.cpuQuota, lifted.memory], [-1n, -1n]);
});

test('a negative limit is refused', () => {
  assert.throws(() => limits({ memoryLimitInBytes: -2n }), /memoryLimitInBytes/);
});
