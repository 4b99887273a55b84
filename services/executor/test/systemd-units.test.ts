import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { NamespaceMode } from '@slipway/cri';
import { ownCgroupParent } from '../src/sandbox/cgroup.js';
import { recoverUnits } from '../src/sandbox/recover-units.js';
import { removeSandbox } from '../src/sandbox/remove.js';
import { parseUnits } from '../src/systemd/units.js';
import { driver, loadedUnits } from './cgroup-driver.js';
import { SandboxHarness } from './sandbox-harness.js';

const skip = driver === 'systemd' ? false : 'needs systemd as pid 1 and TEST_CGROUP_DRIVER=systemd';
const { NODE, POD } = NamespaceMode;
const shared = { linux: { securityContext: { namespaceOptions: { network: NODE, pid: POD, ipc: POD } } } };

test('units are read from what systemctl lists', () => {
  const text = [
    'slipway-pod1.slice loaded active active Slice /slipway/pod1',
    'slipway-2.scope    loaded failed failed libcontainer container 2',
    '',
  ].join('\n');
  assert.deepEqual(parseUnits(text), [
    { name: 'slipway-pod1.slice', active: 'active' },
    { name: 'slipway-2.scope', active: 'failed' },
  ]);
});

for (const handler of ['runc', 'crun']) {
  test(`${handler}: the units of a pod are gone with it, and no reload brings its slice back`, { skip }, async (t) => {
    const harness = await SandboxHarness.open(t, handler);
    const context = await harness.instance();
    const sandbox = await harness.reserve(shared);
    const bundle = harness.bundle(sandbox.id, { args: ['/bin/catatonit', '-P'] });
    const { id } = await harness.create(context, sandbox, bundle);
    assert.equal(loadedUnits(`slipway*${id}*`).length, 2, 'a slice and a scope');
    await removeSandbox(context, { id }, harness.call());
    execFileSync('systemctl', ['daemon-reload']);
    assert.deepEqual(harness.leftovers(id), []);
  });
}

test('a slice that could not be stopped at the removal is stopped by the recovery', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const slice = ownCgroupParent(harness.settings, 'a1');
  const other = ownCgroupParent(harness.settings, 'b2');
  execFileSync('systemctl', ['start', slice, other]);
  const holder = ['--quiet', '--collect', `--slice=${other}`, 'sleep', '600'];
  execFileSync('systemd-run', holder);
  await recoverUnits(context);
  assert.deepEqual(loadedUnits(slice), []);
  assert.equal(loadedUnits(other).length, 1, 'one with a process in it is kept');
});
