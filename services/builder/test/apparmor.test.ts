import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ContainerConfig, type LinuxContainerSecurityContext } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { AppArmor } from '../src/index.js';

/**
 * A host's files of AppArmor. Its parser adds the profile that it reads to the loaded ones, as the kernel would, and
 * refuses where `fails` says so.
 */
class Host {
  readonly dir = mkdtempSync('/tmp/slipway-apparmor-');
  readonly places = {
    enabled: join(this.dir, 'enabled'),
    profiles: join(this.dir, 'profiles'),
    parser: join(this.dir, 'apparmor_parser'),
  };
  readonly less: string[] = [];

  constructor(t: TestContext, { fails = '' } = {}) {
    t.after(() => rmSync(this.dir, { recursive: true }));
    writeFileSync(this.places.enabled, 'Y\n');
    writeFileSync(this.places.profiles, 'mine (enforce)\n/usr/sbin/a b (complain)\n');
    const load = `sed -n 's/^profile \\([^ ]*\\) .*/\\1 (enforce)/p' >> ${this.places.profiles}; echo "$@" >> ${this.dir}/args`;
    writeFileSync(this.places.parser, `#!/bin/sh\n${fails ? `echo "${fails}" >&2; exit 1` : load}\n`);
    chmodSync(this.places.parser, 0o755);
  }

  loads(): number {
    const args = join(this.dir, 'args');
    return existsSync(args) ? readFileSync(args, 'utf8').split('\n').length - 1 : 0;
  }

  of(apparmor: AppArmor, securityContext: Init<LinuxContainerSecurityContext>): ReturnType<AppArmor['forContainer']> {
    const config = ContainerConfig.create({ linux: { securityContext } });
    return apparmor.forContainer(config, (what) => this.less.push(what));
  }
}

const confined = { enabled: true, defaultProfile: 'slipway-default' };
const other = { enabled: true, defaultProfile: '' };

test('the default profile is loaded at the start and again where somebody unloaded it', async (t) => {
  const host = new Host(t);
  const apparmor = new AppArmor(host.places);
  await Promise.all([apparmor.load(), apparmor.load(), host.of(apparmor, {})]);
  assert.equal(host.loads(), 1);
  assert.deepEqual(await host.of(apparmor, {}), confined);
  assert.deepEqual(await host.of(apparmor, { apparmorProfile: 'runtime/default' }), confined);
  assert.deepEqual(await host.of(apparmor, { apparmor: { profileType: 0 } }), confined);
  assert.equal(host.loads(), 1);
  writeFileSync(host.places.profiles, '');
  assert.deepEqual(await host.of(apparmor, {}), confined);
  assert.equal(host.loads(), 2);
  assert.deepEqual(host.less, []);
});

test('containers that are unconfined, privileged or have another profile do not need it', async (t) => {
  const host = new Host(t);
  const apparmor = new AppArmor(host.places);
  const free: Init<LinuxContainerSecurityContext>[] = [
    { privileged: true },
    { apparmorProfile: 'unconfined' },
    { apparmor: { profileType: 2, localhostRef: 'localhost/mine' } },
    { apparmor: { profileType: 2, localhostRef: '/usr/sbin/a b' } },
  ];
  for (const security of free) assert.deepEqual(await host.of(apparmor, security), other);
  assert.equal(host.loads(), 0);
});

test('a profile that is not loaded is refused by its name and its field', async (t) => {
  const host = new Host(t);
  const apparmor = new AppArmor(host.places);
  await assert.rejects(host.of(apparmor, { apparmor: { profileType: 2, localhostRef: 'localhost/theirs' } }), {
    code: 'INVALID_REQUEST',
    message: /^linux\.security_context\.apparmor\.localhost_ref: .*"theirs" is not loaded/,
  });
  await assert.rejects(host.of(apparmor, { apparmorProfile: 'localhost/theirs' }), {
    message: /^linux\.security_context\.apparmor_profile: .*"theirs" is not loaded/,
  });
});

test('a parser that fails fails the container with its words; without one there is no default profile', async (t) => {
  const host = new Host(t, { fails: 'Access denied. You need policy admin privileges' });
  await assert.rejects(host.of(new AppArmor(host.places), {}), {
    code: 'RUNTIME_FAILED',
    message: /slipway-default cannot be loaded: Access denied/,
  });
  const without = new AppArmor({ ...host.places, parser: join(host.dir, 'missing') });
  await without.load();
  assert.deepEqual(await host.of(without, {}), other);
  assert.match(host.less.join(), /apparmor_parser is not installed/);
});

test('a host without AppArmor has none', async (t) => {
  const host = new Host(t);
  writeFileSync(host.places.enabled, 'N\n');
  const apparmor = new AppArmor(host.places);
  await apparmor.load();
  assert.deepEqual(await host.of(apparmor, {}), { enabled: false, defaultProfile: '' });
  assert.equal(host.loads(), 0);
});
