import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinuxContainerResources } from '@slipway/cri';
import { podLimits } from '../src/sandbox/update.js';
import { unitLimits } from '../src/systemd/unit-limits.js';

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

test('systemd is given limits as properties of the slice', () => {
  assert.deepEqual(unitLimits({ cpuShares: 1024n, cpuQuota: 50_000n, cpuPeriod: 0n, memory: 64n }), [
    'CPUWeight=100',
    'CPUQuotaPeriodSec=100000us',
    'CPUQuota=50.00%',
    'MemoryMax=64',
  ]);
  assert.deepEqual(unitLimits({ cpuQuota: 250_100n }), ['CPUQuotaPeriodSec=100000us', 'CPUQuota=250.10%']);
  assert.deepEqual(unitLimits({ cpuQuota: 10_000n, cpuPeriod: 30_000n }), [
    'CPUQuotaPeriodSec=30000us',
    'CPUQuota=33.34%',
  ]);
  assert.deepEqual(unitLimits({ cpuQuota: -1n, memory: -1n }), [
    'CPUQuotaPeriodSec=100000us',
    'CPUQuota=',
    'MemoryMax=infinity',
  ]);
  assert.deepEqual(unitLimits({ cpuPeriod: 0n }), []);
});
