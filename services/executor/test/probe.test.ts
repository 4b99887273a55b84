import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { detectCgroups } from '@slipway/cgroups';
import { HandlerProbe } from '../src/probe/handler-probe.js';
import { skip } from './harness.js';
import { SandboxHarness } from './sandbox-harness.js';

function trialsLeft(harness: SandboxHarness): string[] {
  const cgroups = detectCgroups().mountpoints.flatMap((path) => readdirSync(path));
  const files = readdirSync(harness.settings.state, { recursive: true, encoding: 'utf8' });
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
    if (handler === 'runc') assert.ok(info.mountOptions.includes('rbind'));
    assert.deepEqual(trialsLeft(harness), []);
    await probe.close();
  });
}

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

test('a broken CNI list makes the network not ready, with its place', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t, 'runc');
  writeFileSync(join(harness.confDir, '10-broken.conflist'), '{\n');
  const probe = await HandlerProbe.open(await harness.instance(), 'one');
  const { networkReady, networkReason } = probe.describe();
  assert.equal(networkReady, false);
  assert.match(networkReason, /10-broken\.conflist/);
  await probe.close();
});
