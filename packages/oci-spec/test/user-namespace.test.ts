import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamespaceMode, type NamespaceOption } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { generateInfraSpec, generateSpec, mountMappings } from '../src/index.js';
import { host, mount, refusal, sample } from './sample.js';

const { POD, NODE } = NamespaceMode;
const field = 'linux.security_context.namespace_options.userns_options';
const ids = (hostId = 65536, length = 65536) => [{ containerId: 0, hostId, length }];
const pod = (options: Init<NamespaceOption>) => ({ linux: { securityContext: { namespaceOptions: options } } });
const options = { usernsOptions: { mode: POD, uids: ids(), gids: ids(70_000) } };

/** Input of a container in a user namespace; `shared` are the host's namespaces of its pod. */
function input(container: Parameters<typeof sample>[0] = {}, shared: ('net' | 'ipc' | 'pid')[] = []) {
  const base = sample(container, { pod: pod({ ...options, ...(shared.includes('pid') ? { pid: NODE } : {}) }) });
  const namespaces = { ...base.namespaces, user: '/ns/user' };
  for (const kind of shared) delete namespaces[kind];
  return { ...base, namespaces, handler: { ...base.handler, userNamespaces: true } };
}

test('a container joins the user namespace and tells its ids', () => {
  const { linux, mounts } = generateSpec(input());
  assert.deepEqual(linux.uidMappings, [{ containerID: 0, hostID: 65536, size: 65536 }]);
  assert.deepEqual(linux.gidMappings, [{ containerID: 0, hostID: 70_000, size: 65536 }]);
  assert.ok(linux.namespaces.some(({ type, path }) => type === 'user' && path === '/ns/user'));
  assert.deepEqual(mounts.slice(0, 6), generateSpec(sample()).mounts.slice(0, 6));
});

test("what belongs to the host's namespaces is bound, as it cannot be mounted", () => {
  const { mounts } = generateSpec(input({}, ['net', 'ipc', 'pid']));
  const at = (destination: string) => mounts.find((entry) => entry.destination === destination);
  assert.deepEqual([at('/proc')?.type, at('/proc')?.source], ['bind', '/proc']);
  assert.deepEqual(at('/sys')?.options, ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev', 'ro']);
  assert.equal(at('/dev/mqueue'), undefined);
});

test('a terminal belongs to group 5 only where there is one', () => {
  const few = { usernsOptions: { mode: POD, uids: ids(1, 5), gids: ids(1, 5) } };
  const spec = generateSpec({ ...input(), pod: { ...input().pod, ...sample({}, { pod: pod(few) }).pod } });
  assert.ok(!spec.mounts.find(({ destination }) => destination === '/dev/pts')?.options.includes('gid=5'));
});

test('flags that cannot be taken off a mount are kept', () => {
  const { mounts } = generateSpec({ ...input(), mounts: [mount('/m', { keep: ['nosuid', 'nodev'] })] });
  assert.deepEqual(mounts.find(({ destination }) => destination === '/m')?.options.slice(2), ['rw', 'nosuid', 'nodev']);
});

test('an infra container lives in it too, as a user that it has', () => {
  const { sandboxId, handler, rootfs, hostname, namespaces, cgroupParent, passAnnotations } = input();
  const few = sample({}, { pod: pod({ usernsOptions: { mode: POD, uids: ids(1, 10), gids: ids(1, 9) } }) }).pod;
  const args = ['/init'];
  const rest = { sandboxId, handler, host, rootfs, hostname, namespaces, cgroupParent, passAnnotations, args };
  const { linux, process } = generateInfraSpec({ ...rest, pod: few, hostPid: false });
  assert.deepEqual(process.user, { uid: 9, gid: 8 });
  assert.equal(linux.uidMappings?.[0]?.size, 10);
});

test('procMount Unmasked opens /proc only in a user namespace', () => {
  const unmasked = { linux: { securityContext: { maskedPaths: [], readonlyPaths: [] } } };
  assert.deepEqual(generateSpec(input(unmasked)).linux.maskedPaths, []);
  assert.ok((generateSpec(sample(unmasked)).linux.maskedPaths ?? []).length > 0);
});

test('a container must ask for the user namespace of its pod, or for none by name', () => {
  assert.ok(generateSpec(input(pod(options))).linux.uidMappings);
  const other = { usernsOptions: { mode: POD, uids: ids(1), gids: ids(1) } };
  assert.throws(() => generateSpec(input(pod(other))), refusal(field));
  assert.throws(() => generateSpec(input(pod({ usernsOptions: { mode: NODE } }))), refusal(field));
});

test('without a handler, a sandbox or ids for it a user namespace is refused', () => {
  const good = input();
  assert.throws(
    () => generateSpec({ ...good, handler: { ...good.handler, userNamespaces: false } }),
    refusal(field, 'UNSUPPORTED'),
  );
  assert.throws(() => generateSpec({ ...good, namespaces: {} }), refusal(field));
  const user = (more: object) => () => generateSpec({ ...good, user: { ...good.user, ...more } });
  assert.throws(user({ uid: 65536 }), refusal('linux.security_context.run_as_user'));
  assert.throws(user({ gid: 65536 }), refusal('linux.security_context.run_as_group'));
  assert.throws(user({ additionalGids: [0, 99_999] }), refusal('linux.security_context.supplemental_groups'));
});

test("a mount's mappings come in pairs and within the ids that there are", () => {
  const mappings = (uidMappings: ReturnType<typeof ids>, gidMappings: ReturnType<typeof ids>) => () =>
    mountMappings('mounts[2]', { uidMappings, gidMappings });
  assert.equal(mappings([], [])(), undefined);
  assert.deepEqual(mappings(ids(9, 1), ids())()?.uids, [{ containerID: 0, hostID: 9, size: 1 }]);
  assert.throws(mappings(ids(), []), refusal('mounts[2].gidMappings'));
  assert.throws(mappings([], ids()), refusal('mounts[2].uidMappings'));
  assert.throws(mappings(ids(), ids(4294967294, 2)), refusal('mounts[2].gidMappings[0].length'));
});
