import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinuxContainerSecurityContext } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { containerUser, type ResolvedUser, resolveUser } from '../src/index.js';
import { refusal } from './sample.js';

const passwd =
  'root:x:0:0:root:/root:/bin/sh\n# note\nbroken:x:a:b\napp:x:1000:1001::/home/app:\nbig:x:4294967294:7::/:\n';
const group = 'root:x:0:\napps:x:1001:\nextra:x:50000:app,other\nwheel:x:10:root,app\nnogid:x::app\n';

function resolve(security: Init<LinuxContainerSecurityContext> | undefined, user = ''): ResolvedUser {
  return resolveUser({
    security: security && LinuxContainerSecurityContext.create(security),
    image: { user },
    passwd,
    group,
  });
}
const ids = ({ uid, gid, additionalGids }: ResolvedUser): unknown[] => [uid, gid, additionalGids];

test('without a word on users the process is root with the groups of root', () => {
  assert.deepEqual(ids(resolve(undefined)), [0, 0, [0, 10]]);
});

test("the image's user is taken by name, number and with a group", () => {
  assert.deepEqual(ids(resolve(undefined, 'app')), [1000, 1001, [1001, 50000, 10]]);
  assert.deepEqual(ids(resolve(undefined, '1000')), [1000, 1001, [1001, 50000, 10]]);
  assert.deepEqual(ids(resolve(undefined, 'app:wheel')), [1000, 10, [10, 50000]]);
  assert.deepEqual(ids(resolve(undefined, '77:88')), [77, 88, [88]]);
  assert.deepEqual(ids(resolve(undefined, ':apps')), [0, 1001, [1001, 10]]);
  assert.throws(() => resolve(undefined, 'ghost'), refusal('image config.User', 'IMAGE_INVALID'));
  assert.throws(() => resolve(undefined, 'app:ghosts'), refusal('image config.User', 'IMAGE_INVALID'));
});

test('run_as_user and run_as_username win over the image, its group included', () => {
  assert.deepEqual(ids(resolve({ runAsUser: { value: 1000n } }, 'root:root')), [1000, 1001, [1001, 50000, 10]]);
  assert.deepEqual(ids(resolve({ runAsUser: { value: 5n } }, 'app:apps')), [5, 0, [0]]);
  assert.deepEqual(ids(resolve({ runAsUser: { value: 0n } }, 'app')), [0, 0, [0, 10]]);
  assert.deepEqual(ids(resolve({ runAsUsername: 'app' }, 'root')), [1000, 1001, [1001, 50000, 10]]);
  assert.deepEqual(ids(resolve({ runAsUsername: 'app', runAsGroup: { value: 3n } })), [1000, 3, [3, 50000, 10]]);
  assert.throws(() => resolve({ runAsUsername: 'ghost' }), refusal('linux.security_context.run_as_username'));
});

test('a group without a user is refused', () => {
  assert.throws(() => resolve({ runAsGroup: { value: 3n } }, 'app'), refusal('linux.security_context.run_as_group'));
});

test('Merge adds the groups of the image, Strict only those that were asked for', () => {
  const security = { runAsUser: { value: 1000n }, runAsGroup: { value: 1000n }, supplementalGroups: [60000n, 1000n] };
  assert.deepEqual(resolve({ ...security, supplementalGroupsPolicy: 0 }).additionalGids, [1000, 50000, 10, 60000]);
  const strict = resolve({ ...security, supplementalGroupsPolicy: 1 });
  assert.deepEqual(strict.additionalGids, [1000, 60000]);
  assert.deepEqual(containerUser(strict).linux, { uid: 1000n, gid: 1000n, supplementalGroups: [1000n, 60000n] });
});

test('ids beyond what the kernel has are refused', () => {
  assert.equal(resolve({ runAsUser: { value: 4294967294n } }).gid, 7);
  assert.throws(() => resolve({ runAsUser: { value: 4294967295n } }), refusal('linux.security_context.run_as_user'));
  assert.throws(() => resolve({ runAsUser: { value: -1n } }), refusal('linux.security_context.run_as_user'));
  assert.throws(
    () => resolve({ supplementalGroups: [1n, -5n] }),
    refusal('linux.security_context.supplemental_groups[1]'),
  );
  assert.throws(
    () => resolve({ supplementalGroupsPolicy: 9 as 0 }),
    refusal('linux.security_context.supplemental_groups_policy'),
  );
});

test('an image that puts its user into thousands of groups is refused, as a runtime would compare each with each', () => {
  const group = Array.from({ length: 1025 }, (_, at) => `g${at}:x:${at + 2000}:app`);
  const input = { image: { user: 'app' }, passwd: 'app:x:1000:1000::/:/bin/sh\n' };
  assert.throws(() => resolveUser({ ...input, group: group.join('\n') }), {
    code: 'IMAGE_INVALID',
    message: /1025 groups, more than 1024/,
  });
  assert.equal(resolveUser({ ...input, group: group.slice(1).join('\n') }).additionalGids.length, 1025);
});
