import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinuxContainerResources } from '@slipway/cri';
import { containerResources, cpuShares, cpuWeight, type HandlerFacts } from '../src/index.js';

/** The ends and the usual value of both scales, and points between them by the formula. */
const known: [bigint, bigint][] = [
  [2n, 1n],
  [3n, 2n],
  [512n, 59n],
  [1024n, 100n],
  [2048n, 174n],
  [131_072n, 5478n],
  [262_144n, 10_000n],
  [9_999_999n, 10_000n],
];

test('shares become the weight that newer runtimes and kubelets make of them', () => {
  for (const [shares, weight] of known) assert.equal(cpuWeight(shares), weight, String(shares));
  for (const shares of [2n, 1024n, 262_144n]) assert.equal(cpuShares(cpuWeight(shares)), shares);
});

test('on cgroup v2 the runtime is given the weight, unless the pod names one', () => {
  const host = { swapAccounting: true, hugetlb: true };
  const of = (handler: Partial<HandlerFacts>, unified: Record<string, string> = {}) =>
    containerResources({
      resources: LinuxContainerResources.create({ cpuShares: 1024n, unified }),
      handler: { kind: 'runc', cgroupMode: 'v2', cgroupDriver: 'cgroupfs', ...handler },
      host,
    });
  assert.deepEqual(of({}), { cpu: { shares: 1024 }, unified: { 'cpu.weight': '100' } });
  assert.deepEqual(of({}, { 'cpu.weight': '7' }).unified, { 'cpu.weight': '7' });
  const crun = { kind: 'crun', cgroupDriver: 'systemd' };
  assert.deepEqual(of(crun), { unified: { 'cpu.weight': '100' } }, 'crun takes the shares before the weight there');
  for (const handler of [{ kind: 'runsc' }, { ...crun, cgroupMode: 'v1' }]) {
    assert.deepEqual(of(handler), { cpu: { shares: 1024 } });
  }
});
