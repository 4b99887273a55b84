import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LinuxContainerSecurityContext, NamespaceMode } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { generateSpec, type OciSpec, specJson } from '../src/index.js';
import { defaultSeccomp } from '../src/security/seccomp-default.js';
import { host, refusal, sample } from './sample.js';

const build = (
  securityContext: Init<LinuxContainerSecurityContext>,
  more: Parameters<typeof sample>[1] = {},
): OciSpec => generateSpec(sample({ linux: { securityContext } }, more));
const allowed = (spec: OciSpec): Set<string> =>
  new Set(
    spec.linux.seccomp?.syscalls?.filter((rule) => rule.action === 'SCMP_ACT_ALLOW').flatMap(({ names }) => names),
  );

test('seccomp: nothing set is unconfined, RuntimeDefault is the allow-list for the capabilities', () => {
  assert.equal(build({}).linux.seccomp, undefined);
  const plain = allowed(build({ seccomp: { profileType: 0 } }));
  for (const name of ['read', 'futex_waitv', 'mseal', 'cachestat', 'clone']) assert.ok(plain.has(name), name);
  for (const name of ['mount', 'setns', 'bpf', 'keyctl', 'io_uring_setup', 'clone3', 'reboot']) {
    assert.ok(!plain.has(name), name);
  }
  const admin = allowed(build({ seccomp: { profileType: 0 }, capabilities: { addCapabilities: ['SYS_ADMIN'] } }));
  for (const name of ['mount', 'setns', 'clone3', 'sethostname']) assert.ok(admin.has(name), name);
  assert.deepEqual(defaultSeccomp([], 'arm64').architectures, ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
});

test('seccomp: the newer field wins over the deprecated one, which also counts by itself', () => {
  assert.equal(build({ seccomp: { profileType: 1 }, seccompProfilePath: 'runtime/default' }).linux.seccomp, undefined);
  assert.ok(build({ seccompProfilePath: 'runtime/default' }).linux.seccomp);
  assert.ok(build({ seccompProfilePath: 'docker/default' }).linux.seccomp);
  assert.equal(build({ seccompProfilePath: 'unconfined' }).linux.seccomp, undefined);
  assert.throws(() => build({ seccompProfilePath: 'other' }), refusal('linux.security_context.seccomp_profile_path'));
  assert.throws(() => build({ seccomp: { profileType: 2 } }), refusal('linux.security_context.seccomp.localhost_ref'));
});

test("seccomp: Docker's form of a profile is converted for this host", () => {
  const seccompProfile = JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
    syscalls: [
      { name: 'read', action: 'SCMP_ACT_ALLOW', args: [] },
      { names: ['bpf'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
      { names: ['kill'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, excludes: { caps: ['CAP_SYS_ADMIN'] } },
      { names: ['ptrace'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '4.8' } },
      { names: ['mseal'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '6.10' } },
      { names: ['arm_thing'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['arm64'] } },
    ],
  });
  const profile = { seccomp: { profileType: 2 as const, localhostRef: '/p.json' } };
  assert.deepEqual(build(profile, { seccompProfile }).linux.seccomp, {
    defaultAction: 'SCMP_ACT_ERRNO',
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
    syscalls: [
      { names: ['read'], action: 'SCMP_ACT_ALLOW' },
      { names: ['kill'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
      { names: ['ptrace'], action: 'SCMP_ACT_ALLOW' },
    ],
  });
  for (const bad of ['{', '[]', '{}', '{"defaultAction":"NO"}', '{"defaultAction":"SCMP_ACT_LOG","syscalls":[{}]}']) {
    assert.throws(
      () => build(profile, { seccompProfile: bad }),
      refusal('linux.security_context.seccomp.localhost_ref'),
    );
  }
});

test('seccomp: arguments of 64 bits keep every bit', () => {
  const text =
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["clone"],"action":"SCMP_ACT_ERRNO","args":[' +
    '{"index":0,"value":18446744071562067968,"valueTwo":9007199254740993,"op":"SCMP_CMP_MASKED_EQ"}]}]}';
  const profile = { seccomp: { profileType: 2 as const, localhostRef: '/p.json' } };
  const spec = generateSpec({ ...sample({ linux: { securityContext: profile } }), seccompProfile: text });
  assert.ok(specJson(spec).includes('"value":18446744071562067968,"valueTwo":9007199254740993'));
  for (const value of ['-1', '18446744073709551616', '1.5', '1e300'])
    assert.throws(
      () => build(profile, { seccompProfile: text.replace('18446744071562067968', value) }),
      refusal('linux.security_context.seccomp.localhost_ref'),
    );
});

test('seccomp: a handler without it refuses a profile, gVisor has its own', () => {
  const input = sample({ linux: { securityContext: { seccomp: { profileType: 0 } } } });
  assert.throws(
    () => generateSpec({ ...input, handler: { ...input.handler, seccomp: false } }),
    refusal('linux.security_context.seccomp', 'UNSUPPORTED'),
  );
  assert.equal(generateSpec({ ...input, handler: { ...input.handler, kind: 'runsc' } }).linux.seccomp, undefined);
});

test('AppArmor: applied where the host has it, refused where a profile is demanded and it has none', () => {
  const withApparmor = { host: { ...host, apparmor: { enabled: true, defaultProfile: 'slipway-default' } } };
  const profile = (security: Init<LinuxContainerSecurityContext>): string | undefined =>
    build(security, withApparmor).process.apparmorProfile;
  assert.equal(profile({}), 'slipway-default');
  assert.equal(profile({ apparmor: { profileType: 1 } }), 'unconfined');
  assert.equal(profile({ apparmorProfile: 'localhost/mine' }), 'mine');
  assert.equal(profile({ apparmor: { profileType: 2, localhostRef: 'mine' } }), 'mine');
  assert.equal(profile({ apparmor: { profileType: 2, localhostRef: 'localhost/mine' } }), 'mine');
  const privileged = (apparmorProfile: string): string | undefined =>
    build(
      { privileged: true, apparmorProfile },
      { ...withApparmor, pod: { linux: { securityContext: { privileged: true } } } },
    ).process.apparmorProfile;
  assert.equal(privileged(''), 'unconfined');
  assert.equal(privileged('localhost/mine'), 'mine');
  assert.equal(profile({ apparmor: { profileType: 1 }, apparmorProfile: 'localhost/mine' }), 'unconfined');
  assert.equal(build({ apparmor: { profileType: 0 } }).process.apparmorProfile, undefined);
  assert.equal(build({ apparmorProfile: 'unconfined' }).process.apparmorProfile, undefined);
  assert.throws(
    () => build({ apparmor: { profileType: 2, localhostRef: 'mine' } }),
    refusal('linux.security_context.apparmor.localhost_ref', 'UNSUPPORTED'),
  );
});

test('SELinux: labels where the host has it, else the options are passed over with a word', () => {
  const { process, linux } = build({ selinuxOptions: { level: 's0:c1,c2' } }, { host: { ...host, selinux: true } });
  assert.equal(process.selinuxLabel, 'system_u:system_r:container_t:s0:c1,c2');
  assert.equal(linux.mountLabel, 'system_u:object_r:container_file_t:s0:c1,c2');
  const less: string[] = [];
  const onLess = (what: string) => void less.push(what);
  const without = build({ selinuxOptions: { type: 'x_t', level: 's0:c1' } }, { onLess });
  assert.deepEqual([without.process.selinuxLabel, without.linux.mountLabel], [undefined, undefined]);
  assert.match(less.join(), /this host has no SELinux/);
  build({ selinuxOptions: {} }, { onLess });
  assert.equal(less.length, 1);
});

test("SELinux: each pod has categories of its own, unless it is in the host's namespaces", () => {
  const selinux = { host: { ...host, selinux: true } };
  const label = (sandboxId: string, security = {}, more = {}) =>
    build(security, { ...selinux, sandboxId, ...more }).process.selinuxLabel;
  assert.match(label('one') ?? '', /^system_u:system_r:container_t:s0:c\d+,c\d+$/);
  assert.equal(label('one'), label('one'));
  assert.notEqual(label('one'), label('two'));
  assert.equal(label('one', { namespaceOptions: { pid: NamespaceMode.NODE } }), undefined);
  const privileged = { linux: { securityContext: { privileged: true } } };
  assert.equal(label('one', { privileged: true }, { pod: privileged }), undefined);
});

test('masked and read-only paths are defaults, the given ones, or none', () => {
  assert.ok(build({}).linux.maskedPaths?.includes('/proc/kcore'));
  assert.ok(build({}).linux.readonlyPaths?.includes('/proc/sys'));
  const own = build({ maskedPaths: ['/a'], readonlyPaths: ['/b'] }).linux;
  assert.deepEqual([own.maskedPaths, own.readonlyPaths], [['/a'], ['/b']]);
  const unmasked = build({}, { namespaces: { user: '/ns/user', pid: '/p' } }).linux;
  assert.deepEqual([unmasked.maskedPaths, unmasked.readonlyPaths], [[], []]);
});

test('a privileged container sees everything', () => {
  const privileged = { linux: { securityContext: { privileged: true } } };
  const hostDevices = [{ path: '/dev/kvm', type: 'c' as const, major: 10, minor: 232 }];
  const spec = build({ privileged: true, seccomp: { profileType: 0 } }, { pod: privileged, hostDevices });
  assert.equal(spec.linux.seccomp, undefined);
  assert.deepEqual([spec.linux.maskedPaths, spec.linux.readonlyPaths], [[], []]);
  assert.deepEqual(spec.linux.devices, hostDevices);
  assert.deepEqual(spec.linux.resources.devices, [{ allow: true, access: 'rwm' }]);
  assert.ok(!spec.linux.namespaces.some(({ type }) => type === 'cgroup'));
});

test('devices appear with their rules', () => {
  const devices = [{ path: '/dev/x', type: 'c' as const, major: 10, minor: 1, access: 'rw' }];
  const { linux } = build({}, { devices });
  assert.deepEqual(linux.devices, [{ path: '/dev/x', type: 'c', major: 10, minor: 1 }]);
  assert.deepEqual(linux.resources.devices[1], { allow: true, type: 'c', major: 10, minor: 1, access: 'rw' });
});

const kinds = (options: Init<LinuxContainerSecurityContext>['namespaceOptions'], more = {}): string[] =>
  build({ namespaceOptions: options }, more).linux.namespaces.map(({ type, path }) =>
    path ? `${type}=${path}` : type,
  );

test('namespaces: pod, own, target and host', () => {
  const shared = ['network=/ns/net', 'ipc=/ns/ipc', 'uts=/ns/uts'];
  assert.deepEqual(kinds({}), ['mount', ...shared, 'pid=/proc/77/ns/pid', 'cgroup']);
  assert.deepEqual(kinds({ pid: NamespaceMode.CONTAINER }), ['mount', ...shared, 'pid', 'cgroup']);
  assert.deepEqual(kinds({ pid: NamespaceMode.NODE }), ['mount', ...shared, 'cgroup']);
  assert.deepEqual(kinds({ pid: NamespaceMode.NODE }, { namespaces: {} }), ['mount', 'cgroup']);
  const target = { pid: NamespaceMode.TARGET, targetId: 'x' };
  assert.ok(kinds(target, { targetPid: 9 }).includes('pid=/proc/9/ns/pid'));
  const prefix = 'linux.security_context.namespace_options';
  assert.throws(() => kinds(target), refusal(`${prefix}.target_id`));
  assert.throws(() => kinds({}, { namespaces: {} }), refusal(`${prefix}.pid`));
  assert.throws(() => kinds({ network: NamespaceMode.CONTAINER }), refusal(`${prefix}.network`));
  assert.throws(() => kinds({ ipc: NamespaceMode.TARGET }), refusal(`${prefix}.ipc`));
  assert.throws(() => kinds({ network: NamespaceMode.NODE }), refusal(`${prefix}.network`));
  assert.throws(() => kinds({ ipc: NamespaceMode.NODE }), refusal(`${prefix}.ipc`));
});
