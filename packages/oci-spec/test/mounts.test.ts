import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateSpec, type OciMount } from '../src/index.js';
import { mount, refusal, sample } from './sample.js';

const at = (mounts: OciMount[], destination: string): OciMount[] =>
  mounts.filter((entry) => entry.destination === destination);
const build = (...mounts: ReturnType<typeof mount>[]): OciMount[] => generateSpec(sample({}, { mounts })).mounts;

test('every container has the default file systems, with sysfs and cgroups read-only', () => {
  const mounts = build();
  assert.deepEqual(
    mounts.map(({ destination }) => destination),
    [
      '/proc',
      '/dev',
      '/dev/pts',
      '/dev/mqueue',
      '/sys',
      '/sys/fs/cgroup',
      '/etc/hostname',
      '/etc/hosts',
      '/etc/resolv.conf',
      '/dev/shm',
    ],
  );
  assert.ok(at(mounts, '/sys')[0]?.options.includes('ro'));
  assert.ok(at(mounts, '/sys/fs/cgroup')[0]?.options.includes('ro'));
});

test('a privileged container may write to sysfs and cgroups', () => {
  const privileged = { linux: { securityContext: { privileged: true } } };
  const { mounts } = generateSpec(sample(privileged, { pod: privileged }));
  assert.ok(at(mounts, '/sys')[0]?.options.includes('rw'));
  assert.ok(at(mounts, '/sys/fs/cgroup')[0]?.options.includes('rw'));
});

test("a mount of the CRI's over a default or a sandbox's file wins", () => {
  const mounts = build(mount('/etc/hosts', { source: '/kubelet/hosts' }), mount('/dev/shm/', { source: '/vol' }));
  assert.deepEqual(
    at(mounts, '/etc/hosts').map(({ source }) => source),
    ['/kubelet/hosts'],
  );
  assert.deepEqual(
    at(mounts, '/dev/shm').map(({ source }) => source),
    ['/vol'],
  );
});

test('a mount over /dev takes the default mounts below it away', () => {
  const mounts = build(mount('/dev', { source: '/dev' }));
  assert.deepEqual(
    at(mounts, '/dev').map(({ type }) => type),
    ['bind'],
  );
  assert.deepEqual([...at(mounts, '/dev/pts'), ...at(mounts, '/dev/mqueue')], []);
  assert.ok(mounts.findIndex((m) => m.destination === '/dev/shm') > mounts.findIndex((m) => m.destination === '/dev'));
});

test('parents are mounted before what lies in them, equals in their order', () => {
  const mounts = build(
    mount('/a/b/c'),
    mount('/z'),
    mount('/a/b'),
    mount('/a', { source: '/1' }),
    mount('/a', { source: '/2' }),
  );
  const own = mounts
    .slice(mounts.findIndex(({ destination }) => destination === '/z'))
    .filter((m) => /^\/[az]/.test(m.destination));
  assert.deepEqual(
    own.map((m) => `${m.destination} ${m.source}`),
    ['/z /host', '/a /1', '/a /2', '/a/b /host', '/a/b/c /host'],
  );
});

const optionsOf = (propagation: 0 | 1 | 2, sourcePropagation?: 'shared' | 'slave' | 'private') =>
  at(build(mount('/m', { propagation, sourcePropagation })), '/m')[0]?.options;

const rootPropagation = (propagation: 0 | 1 | 2) =>
  generateSpec(sample({}, { mounts: [mount('/m', { propagation, sourcePropagation: 'shared' })] })).linux
    .rootfsPropagation;

test('propagation needs a source mount that passes events on', () => {
  assert.deepEqual(optionsOf(0), ['rbind', 'rprivate', 'rw']);
  assert.deepEqual(optionsOf(1, 'slave'), ['rbind', 'rslave', 'rw']);
  assert.deepEqual(optionsOf(2, 'shared'), ['rbind', 'rshared', 'rw']);
  assert.throws(() => optionsOf(1), refusal('mounts[0].propagation'));
  assert.throws(() => optionsOf(2, 'slave'), refusal('mounts[0].propagation'));
  assert.deepEqual([rootPropagation(0), rootPropagation(1), rootPropagation(2)], [undefined, 'slave', 'shared']);
});

test('recursive read-only is given, or refused with the word that kubelets look for', () => {
  const rro = mount('/m', { readonly: true, recursiveReadOnly: true });
  assert.deepEqual(at(build(rro), '/m')[0]?.options, ['rbind', 'rprivate', 'rro']);
  assert.throws(() => build({ ...rro, readonly: false }), refusal('mounts[0].recursive_read_only'));
  assert.throws(
    () => build({ ...rro, propagation: 1, sourcePropagation: 'shared' }),
    refusal('mounts[0].recursive_read_only'),
  );
  const input = sample({}, { mounts: [rro] });
  const old = { ...input, handler: { ...input.handler, recursiveReadOnlyMounts: false } };
  assert.throws(() => generateSpec(old), { code: 'RRO_UNSUPPORTED' });
});

test('with a read-only root the sandbox files are read-only too, shared memory is not', () => {
  const { mounts, root } = generateSpec(sample({ linux: { securityContext: { readonlyRootfs: true } } }));
  assert.equal(root.readonly, true);
  assert.ok(at(mounts, '/etc/resolv.conf')[0]?.options.includes('ro'));
  assert.ok(at(mounts, '/dev/shm')[0]?.options.includes('rw'));
});

test("with a read-only root the image's volumes can be written to, where nothing of the CRI's covers them", () => {
  const imageVolumes = ['/data', '/covered/deep', '/'].map((destination) => ({
    destination,
    source: `/rootfs${destination}`,
  }));
  const input = { imageVolumes, mounts: [mount('/covered')] };
  const readonly = generateSpec(sample({ linux: { securityContext: { readonlyRootfs: true } } }, input)).mounts;
  assert.deepEqual(
    at(readonly, '/data').map(({ source, options }) => [source, options.at(-1)]),
    [['/rootfs/data', 'rw']],
  );
  assert.deepEqual([at(readonly, '/covered/deep'), at(readonly, '/')], [[], []]);
  assert.deepEqual(at(generateSpec(sample({}, input)).mounts, '/data'), []);
});

test('a mount needs a place other than the root', () => {
  assert.throws(() => build(mount('')), refusal('mounts[0].container_path'));
  assert.throws(() => build(mount('/a/..')), refusal('mounts[0].container_path'));
  assert.throws(() => build(mount('/a\0')), refusal('mounts[0].container_path'));
});
