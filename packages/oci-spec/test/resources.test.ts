import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinuxContainerResources } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { cgroupsPath, generateSpec, ownCgroupParent, specJson } from '../src/index.js';
import { host, refusal, sample } from './sample.js';

const build = (resources: Init<LinuxContainerResources>, more: Parameters<typeof sample>[1] = {}) =>
  generateSpec(sample({ linux: { resources } }, more));

test('limits are carried over, and what is 0 is not set', () => {
  const { linux, process } = build({
    cpuShares: 512n,
    cpuQuota: 50000n,
    cpuPeriod: 100000n,
    cpusetCpus: '0-1',
    memoryLimitInBytes: 1n << 28n,
    oomScoreAdj: 937n,
    hugepageLimits: [{ pageSize: '2MB', limit: 0n }],
    unified: { 'memory.high': '100' },
  });
  assert.deepEqual(linux.resources, {
    devices: [{ allow: false, access: 'rwm' }],
    cpu: { shares: 512, quota: 50000, period: 100000, cpus: '0-1' },
    memory: { limit: 1 << 28 },
    hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
    unified: { 'cpu.weight': '59', 'memory.swap.max': '0', 'memory.high': '100' },
  });
  assert.equal(process.oomScoreAdj, 937);
  assert.deepEqual(build({}).linux.resources, { devices: [{ allow: false, access: 'rwm' }] });
});

test('no quota at all is written so that each runtime can take it', () => {
  const cpu = (kind: string, cgroupMode: string, resources: Init<LinuxContainerResources>) =>
    build(resources, { handler: { ...sample().handler, kind, cgroupMode } }).linux.resources.cpu;
  assert.deepEqual(cpu('runc', 'v1', { cpuQuota: -1n, cpuPeriod: 50_000n }), { quota: -1, period: 50_000 });
  assert.deepEqual(cpu('crun', 'hybrid', { cpuQuota: -1n, cpuPeriod: 50_000n }), { period: 50_000 });
  assert.equal(cpu('crun', 'v2', { cpuQuota: -1n }), undefined);
  assert.deepEqual(cpu('crun', 'hybrid', { cpuQuota: 20_000n }), { quota: 20_000 });
});

test('swap is what was asked for, and is left out where the kernel does not count it', () => {
  const v1 = { handler: { ...sample().handler, cgroupMode: 'v1' } };
  const asked = { memoryLimitInBytes: 100n, memorySwapLimitInBytes: 300n };
  assert.deepEqual(build(asked, v1).linux.resources.memory, { limit: 100, swap: 300 });
  const reported: string[] = [];
  const { linux } = build(asked, {
    host: { ...host, swapAccounting: false },
    onLess: (what) => reported.push(what),
  });
  assert.deepEqual(linux.resources.memory, { limit: 100 });
  assert.equal(linux.resources.unified, undefined);
  assert.equal(reported.length, 1);
});

test('on cgroup v2 swap is limited by its own file, to what memory leaves of the limit on both', () => {
  const of = (memoryLimitInBytes: bigint, memorySwapLimitInBytes: bigint, unified = {}, kind = 'crun') => {
    const handler = { ...sample().handler, kind, cgroupMode: 'v2' };
    const { memory, unified: files } = build({ memoryLimitInBytes, memorySwapLimitInBytes, unified }, { handler }).linux
      .resources;
    return [memory, files];
  };
  assert.deepEqual(of(100n, 300n), [{ limit: 100 }, { 'memory.swap.max': '200' }]);
  assert.deepEqual(of(100n, 0n), [{ limit: 100 }, { 'memory.swap.max': '0' }]);
  assert.deepEqual(of(100n, -1n), [{ limit: 100 }, { 'memory.swap.max': 'max' }]);
  assert.deepEqual(of(-1n, 0n), [{ limit: -1 }, { 'memory.swap.max': 'max' }]);
  assert.deepEqual(of(0n, -1n), [undefined, { 'memory.swap.max': 'max' }]);
  assert.deepEqual(of(100n, 300n, { 'memory.swap.max': '7' }), [{ limit: 100 }, { 'memory.swap.max': '7' }]);
  assert.deepEqual(of(100n, 300n, {}, 'runsc'), [{ limit: 100, swap: 300 }, undefined]);
  refused({ memorySwapLimitInBytes: 300n }, 'memory_swap_limit_in_bytes');
});

test('open files are limited as Slipway was when it was started', () => {
  const openFiles = { soft: 1024, hard: 524_288 };
  const limited = build({}, { host: { ...host, openFiles } });
  assert.deepEqual(limited.process.rlimits, [{ type: 'RLIMIT_NOFILE', ...openFiles }]);
  assert.equal(build({}).process.rlimits, undefined);
});

test('oom_score_adj stops at what this host lets us set', () => {
  const reported: string[] = [];
  const more = { host: { ...host, minOomScoreAdj: 0 }, onLess: (what: string) => reported.push(what) };
  assert.equal(build({ oomScoreAdj: -997n }, more).process.oomScoreAdj, 0);
  assert.equal(reported.length, 1);
  assert.equal(build({ oomScoreAdj: -997n }).process.oomScoreAdj, -997);
});

test('64-bit limits survive to the text of config.json', () => {
  const limit = 9223372036854771712n;
  const spec = build({ memoryLimitInBytes: limit });
  spec.process.args = ['\uE000int:5', '"\uE000int:5"'];
  assert.match(specJson(spec), /"memory":\{"limit":9223372036854771712\}/);
  const args = (JSON.parse(specJson(spec)) as typeof spec).process.args;
  assert.ok(args.every((argument) => typeof argument === 'string'));
});

const refused = (resources: Init<LinuxContainerResources>, field: string, more = {}): void =>
  assert.throws(() => build(resources, more), refusal(`linux.resources.${field}`));

test('cpu shares are what the kernel would make of them, which runc compares', () => {
  const shares = (cpuShares: bigint) => build({ cpuShares }).linux.resources.cpu?.shares;
  assert.deepEqual([shares(1n), shares(2n), shares(1n << 18n), shares(1n << 40n)], [2, 2, 262_144, 262_144]);
});

test('impossible limits are refused by field', () => {
  refused({ cpuShares: -1n }, 'cpu_shares');
  refused({ cpuQuota: -2n }, 'cpu_quota');
  refused({ cpusetCpus: 'all' }, 'cpuset_cpus');
  refused({ memoryLimitInBytes: -2n }, 'memory_limit_in_bytes');
  refused({ memoryLimitInBytes: 10n, memorySwapLimitInBytes: 5n }, 'memory_swap_limit_in_bytes');
  refused({ oomScoreAdj: 1001n }, 'oom_score_adj');
  refused({ hugepageLimits: [{ pageSize: 'big', limit: 1n }] }, 'hugepage_limits[0].page_size');
  refused({ unified: { '../x': '1' } }, 'unified');
  const input = sample();
  refused({ unified: { 'pids.max': '1' } }, 'unified', { handler: { ...input.handler, cgroupMode: 'v1' } });
});

test("the cgroup's path is in the driver's own form", () => {
  assert.equal(cgroupsPath('cgroupfs', '/kubepods/burstable/pod1', 'id'), '/kubepods/burstable/pod1/id');
  assert.equal(cgroupsPath('cgroupfs', 'slipway', 'id'), '/slipway/id');
  assert.equal(cgroupsPath('systemd', '/kubepods.slice/kubepods-pod1.slice', 'id'), 'kubepods-pod1.slice:slipway:id');
  assert.throws(() => cgroupsPath('systemd', '/kubepods/pod1', 'id'), refusal('linux.cgroup_parent'));
});

test('a pod without a cgroup of its own gets one below ours', () => {
  assert.equal(
    cgroupsPath('cgroupfs', 'kubepods-burstable.slice', 'id'),
    '/kubepods.slice/kubepods-burstable.slice/id',
  );
  assert.equal(ownCgroupParent('cgroupfs', '/slipway', 'id'), '/slipway/podid');
  assert.equal(ownCgroupParent('systemd', 'slipway.slice', 'id'), 'slipway-podid.slice');
});
