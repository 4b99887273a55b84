import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OciSpec } from '@slipway/oci-spec';
import { adjustSpec, ContainerAdjustment } from '../src/index.js';
import { containerView } from '../src/adjust/container-view.js';
import { Claims } from '../src/adjust/claims.js';
import { Adjustments } from '../src/adjust/merge-adjustment.js';
import { Updates } from '../src/adjust/merge-updates.js';

const spec: OciSpec = {
  ociVersion: '1.0.2',
  root: { path: '/r', readonly: false },
  process: {
    terminal: false,
    user: { uid: 0, gid: 0 },
    args: ['sh'],
    env: ['A=1', 'B=2=3', 'C=4'],
    cwd: '/',
    capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
    noNewPrivileges: true,
    rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2n ** 63n }],
  },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc', options: [] },
    { destination: '/data', type: 'bind', source: '/old', options: ['rbind'] },
    { destination: '/data/sub', type: 'tmpfs', source: 'tmpfs', options: [] },
  ],
  annotations: { keep: 'k', drop: 'd' },
  linux: {
    namespaces: [{ type: 'mount' }, { type: 'cgroup' }],
    cgroupsPath: '/pods/one',
    resources: { devices: [{ allow: false, access: 'rwm' }], memory: { limit: 100, swap: 100 } },
    sysctl: { 'net.a': '1' },
  },
};

/** The adjustments of plugins in order, and the resulting spec. */
function adjusted(...wanted: Parameters<typeof ContainerAdjustment.create>[0][]): OciSpec {
  const adjustments = new Adjustments({ id: 'c' }, new Claims());
  for (const [at, one] of wanted.entries()) adjustments.merge(ContainerAdjustment.create(one), `1${at}-plugin`);
  return adjustSpec(spec, ContainerAdjustment.create(adjustments.adjust));
}

test('what no plugin wants changed is as it was', () => {
  assert.deepEqual(adjusted({}), spec);
});

test('variables are set in their place, added and taken away', () => {
  const env = [
    { key: 'B', value: 'new' },
    { key: '-C', value: '' },
    { key: 'D', value: 'x=y' },
  ];
  assert.deepEqual(adjusted({ env }).process.env, ['A=1', 'B=new', 'D=x=y']);
});

test('a mount that replaces another keeps its place before those below it', () => {
  const { mounts } = adjusted({ mounts: [{ destination: '/data', type: 'bind', source: '/new', options: ['ro'] }] });
  assert.deepEqual(
    mounts.map(({ destination, source }) => `${destination} ${source}`),
    ['/proc proc', '/data /new', '/data/sub tmpfs'],
  );
});

test('annotations, namespaces and sysctls are taken away by a dash', () => {
  const made = adjusted({
    annotations: { '-drop': '', more: 'm' },
    linux: { namespaces: [{ type: '-cgroup' }, { type: 'uts', path: '/ns' }], sysctl: { '-net.a': '', 'net.b': '2' } },
  });
  assert.deepEqual(made.annotations, { keep: 'k', more: 'm' });
  assert.deepEqual(made.linux.namespaces, [{ type: 'mount' }, { type: 'uts', path: '/ns' }]);
  assert.deepEqual(made.linux.sysctl, { 'net.b': '2' });
});

test('a device comes with the right to use it', () => {
  const device = { path: '/dev/x', type: 'c', major: 1n, minor: 3n, fileMode: { value: 0o600 } };
  const { devices, resources } = adjusted({ linux: { devices: [device] } }).linux;
  assert.deepEqual(devices, [{ path: '/dev/x', type: 'c', major: 1, minor: 3, fileMode: 0o600 }]);
  assert.deepEqual(resources.devices.at(-1), { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' });
});

test('limits beyond 2^53 stay exact, and a new limit on memory is one on memory with swap', () => {
  const made = adjusted({
    rlimits: [{ type: 'RLIMIT_CORE', hard: 2n ** 64n - 1n, soft: 0n }],
    linux: {
      resources: { memory: { limit: { value: 200n } }, cpu: { quota: { value: -1n } }, unified: { 'io.max': 'x' } },
    },
  });
  assert.deepEqual(made.process.rlimits, [
    { type: 'RLIMIT_NOFILE', soft: 1, hard: 2n ** 63n },
    { type: 'RLIMIT_CORE', soft: 0, hard: 2n ** 64n - 1n },
  ]);
  assert.deepEqual(made.linux.resources.memory, { limit: 200, swap: 200 });
  assert.deepEqual(made.linux.resources.cpu, { quota: -1 });
  assert.deepEqual(made.linux.resources.unified, { 'io.max': 'x' });
});

test('hooks of several plugins run one after the other', () => {
  const hook = (path: string) => ({ hooks: { createRuntime: [{ path, args: ['a'], timeout: { value: 5n } }] } });
  assert.deepEqual(adjusted(hook('/one'), hook('/two')).hooks?.createRuntime, [
    { path: '/one', args: ['a'], timeout: 5 },
    { path: '/two', args: ['a'], timeout: 5 },
  ]);
});

test('what two plugins set of one thing is a conflict, unless the second takes it away first', () => {
  const set = (value: string) => ({ env: [{ key: 'X', value }] });
  assert.throws(() => adjusted(set('1'), set('2')), {
    code: 'NRI_CONFLICT',
    message: /env X .* 10-plugin .* 11-plugin/,
  });
  const takes = { env: [{ key: '-X', value: '' }, ...set('2').env] };
  assert.ok(adjusted(set('1'), takes).process.env.includes('X=2'));
  assert.throws(() => adjusted({ args: ['a'] }, { args: ['b'] }), { code: 'NRI_CONFLICT' });
  assert.deepEqual(adjusted({ args: ['a'] }, { args: ['', 'b'] }).process.args, ['b']);
  const limit = (value: bigint) => ({ linux: { resources: { memory: { limit: { value } } } } });
  assert.throws(() => adjusted(limit(1n), limit(2n)), { code: 'NRI_CONFLICT', message: /memory\.limit/ });
});

test('what is not applied is refused by name', () => {
  const refused = { code: 'UNSUPPORTED', object: 'NRI plugin 10-plugin' };
  assert.throws(() => adjusted({ linux: { scheduler: { nice: 3 } } }), { ...refused, message: /linux\.scheduler/ });
  assert.throws(() => adjusted({ linux: { resources: { rdtClass: { value: 'gold' } } } }), refused);
  assert.throws(() => adjusted({ mounts: [{ destination: 'here' }] }), { code: 'NRI_REFUSED' });
});

test('updates of one container by two plugins: a conflict, or passed over where it may fail', () => {
  const update = (value: bigint, ignoreFailure = false) => ({
    containerId: 'c',
    linux: {
      resources: ContainerAdjustment.create({ linux: { resources: { cpu: { shares: { value } } } } }).linux?.resources,
    },
    ignoreFailure,
  });
  const updates = new Updates();
  updates.merge([update(10n)], '10-a');
  assert.throws(() => updates.merge([update(20n)], '20-b'), { code: 'NRI_CONFLICT' });
  updates.merge([update(20n, true)], '20-b');
  assert.equal(updates.take('c')?.cpu?.shares?.value, 10n);
  assert.deepEqual(updates.all(), []);
});

test('on cgroup v2 shares that a plugin wants change the weight that the runtime goes by', () => {
  const onV2 = (cpu: OciSpec['linux']['resources']['cpu']): OciSpec => ({
    ...spec,
    linux: {
      ...spec.linux,
      resources: { ...spec.linux.resources, ...(cpu && { cpu }), unified: { 'cpu.weight': '59' } },
    },
  });
  const wanted = ContainerAdjustment.create({ linux: { resources: { cpu: { shares: { value: 1024n } } } } });
  const { cpu, unified } = adjustSpec(onV2({ shares: 512 }), wanted).linux.resources;
  assert.deepEqual([cpu, unified], [{ shares: 1024 }, { 'cpu.weight': '100' }]);
  // crun by the systemd driver: the spec has no shares, a plugin sees some nevertheless.
  const crun = onV2(undefined);
  assert.equal(adjustSpec(crun, wanted).linux.resources.cpu, undefined);
  assert.deepEqual(adjustSpec(crun, wanted).linux.resources.unified, { 'cpu.weight': '100' });
  assert.equal(containerView(adjustSpec(crun, wanted)).linux?.resources?.cpu?.shares?.value, 1024n);
});

test('on cgroup v2 a limit on memory or swap that a plugin wants changes the limit on swap', () => {
  const onV2: OciSpec = {
    ...spec,
    linux: {
      ...spec.linux,
      resources: { ...spec.linux.resources, memory: { limit: 100 }, unified: { 'memory.swap.max': '50' } },
    },
  };
  const swapAfter = (memory: { limit?: { value: bigint }; swap?: { value: bigint } }) => {
    const { resources } = adjustSpec(onV2, ContainerAdjustment.create({ linux: { resources: { memory } } })).linux;
    return [resources.memory, resources.unified];
  };
  assert.deepEqual(swapAfter({ limit: { value: 200n } }), [{ limit: 200 }, { 'memory.swap.max': '0' }]);
  assert.deepEqual(swapAfter({ swap: { value: 130n } }), [{ limit: 100 }, { 'memory.swap.max': '30' }]);
  assert.deepEqual(swapAfter({ swap: { value: -1n } }), [{ limit: 100 }, { 'memory.swap.max': 'max' }]);
  assert.throws(() => swapAfter({ swap: { value: 99n } }), { code: 'NRI_REFUSED' });
  // A plugin sees both together, as on v1.
  assert.equal(containerView(onV2).linux?.resources?.memory?.swap?.value, 150n);
});
