import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { detectCgroups } from '@slipway/cgroups';
import { NamespaceMode, PodSandboxConfig } from '@slipway/cri';
import { kernelFeatures } from '@slipway/linux';
import { HandlerProbe } from '../src/probe/handler-probe.js';
import { skip, until } from './harness.js';
import { SandboxHarness } from './sandbox-harness.js';
import { pathsBelow } from './paths-below.js';

function trialsLeft(harness: SandboxHarness): string[] {
  const cgroups = detectCgroups().mountpoints.flatMap((path) => readdirSync(path));
  const files = [harness.settings.state, harness.settings.root].flatMap(pathsBelow);
  return [...cgroups, ...files, ...harness.processes(harness.dir)].filter((name) =>
    name.includes(`probe-${process.pid}-`),
  );
}

for (const handler of ['runc', 'crun', 'runsc']) {
  test(`${handler} is probed with a container that leaves nothing`, { skip }, async (t) => {
    const harness = await SandboxHarness.open(t, handler);
    const probe = await HandlerProbe.open(await harness.instance(), 'one');
    const early = probe.describe();
    assert.deepEqual([early.ready, early.reason], [false, 'probing']);
    await probe.settled();
    const info = probe.describe();
    assert.deepEqual([info.ready, info.reason], [true, '']);
    assert.deepEqual([info.name, info.kind, info.instance], [handler, handler, 'one']);
    assert.match(info.version, /^\d+\.\d+/);
    assert.equal(info.sandboxIsContainer, handler === 'runsc');
    assert.equal(info.seccomp, handler !== 'runsc');
    assert.deepEqual([info.networkReady, info.networkReason], [true, '']);
    assert.ok(info.capabilities.includes('CAP_CHOWN'));
    const userNamespaces = handler !== 'runsc' && kernelFeatures().idmapMounts;
    assert.equal(info.userNamespaces, userNamespaces, info.userNamespacesReason);
    assert.equal(info.userNamespacesReason === '', userNamespaces);
    if (handler === 'runc') assert.ok(info.mountOptions.includes('rbind'));
    assert.deepEqual(trialsLeft(harness), []);
    await probe.close();
  });
}

test('where a container in a user namespace fails there are none, and pods that ask for one are refused', {
  skip,
}, async (t) => {
  const harness = await SandboxHarness.open(t, 'runc');
  // The pod's root, who is nobody here, cannot reach its rootfs.
  chmodSync(harness.dir, 0o700);
  const probe = await HandlerProbe.open(await harness.instance(), 'one');
  const ids = [{ containerId: 0, hostId: 300_000, length: 65536 }];
  const usernsOptions = { mode: NamespaceMode.POD, uids: ids, gids: ids };
  const config = PodSandboxConfig.create({ linux: { securityContext: { namespaceOptions: { usernsOptions } } } });
  await assert.rejects(probe.requireUserNamespaces(config), {
    code: 'UNSUPPORTED',
    message: /^linux\.security_context\.namespace_options\.userns_options: .*permission denied/i,
  });
  const { ready, userNamespaces, userNamespacesReason } = probe.describe();
  assert.deepEqual([ready, userNamespaces], [true, false]);
  assert.match(userNamespacesReason, /permission denied/i);
  await probe.requireUserNamespaces(PodSandboxConfig.create());
  assert.deepEqual(trialsLeft(harness), []);
  await probe.close();
});

test('a binary that creates nothing makes its handler not ready, with its own words', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t, 'runc');
  const path = join(harness.dir, 'broken');
  writeFileSync(
    path,
    '#!/bin/sh\ncase "$*" in *--version*) echo runc version 9.9 ;; *) echo "disk of sand" >&2; exit 1 ;; esac\n',
  );
  chmodSync(path, 0o755);
  mkdirSync(harness.settings.state, { recursive: true });
  const runc = harness.settings.runtime.handlers['runc'];
  assert.ok(runc);
  runc.path = path;
  const probe = await HandlerProbe.open(await harness.instance(), 'one');
  await probe.settled();
  const { ready, reason, version } = probe.describe();
  assert.deepEqual([ready, version], [false, '9.9']);
  assert.match(reason, /disk of sand/);
  await probe.close();
});

test('a trial that takes too long makes its handler not ready, leaves nothing, and is repeated with more time', {
  skip,
}, async (t) => {
  const harness = await SandboxHarness.open(t, 'runc');
  const path = join(harness.dir, 'slow');
  writeFileSync(path, '#!/bin/sh\ncase "$*" in *" start "*) sleep 1.5 ;; esac\nexec runc "$@"\n');
  chmodSync(path, 0o755);
  const runc = harness.settings.runtime.handlers['runc'];
  assert.ok(runc);
  runc.path = path;
  harness.settings.runtime.trialMs = 1000;
  const probe = await HandlerProbe.open(await harness.instance(), 'one');
  await probe.settled();
  const { ready, reason } = probe.describe();
  assert.equal(ready, false);
  assert.match(reason, /not created, started, entered and deleted in 1000 ms/);
  assert.deepEqual(trialsLeft(harness), []);
  await until(() => probe.describe().ready, 'a trial had time enough');
  await probe.close();
  assert.deepEqual(trialsLeft(harness), []);
});

test('a broken CNI list makes the network not ready, with its place', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t, 'runc');
  writeFileSync(join(harness.confDir, '10-broken.conflist'), '{\n');
  const probe = await HandlerProbe.open(await harness.instance(), 'one');
  const { networkReady, networkReason } = probe.describe();
  assert.equal(networkReady, false);
  assert.match(networkReason, /10-broken\.conflist/);
  await probe.close();
});
