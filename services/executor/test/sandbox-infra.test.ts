import assert from 'node:assert/strict';
import { readlinkSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import { NamespaceMode } from '@slipway/cri';
import { isAlive, signal } from '@slipway/linux';
import type { SandboxContext } from '../src/sandbox/context.js';
import { removeSandbox } from '../src/sandbox/remove.js';
import { stopSandbox } from '../src/sandbox/stop.js';
import { skip, until } from './harness.js';
import { SandboxHarness } from './sandbox-harness.js';

const { POD } = NamespaceMode;
const shared = { linux: { securityContext: { namespaceOptions: { network: POD, pid: POD, ipc: POD } } } };

async function withInfra(
  harness: SandboxHarness,
  context: SandboxContext,
  args = ['/bin/catatonit', '-P'],
): Promise<SandboxRecord> {
  const sandbox = await harness.reserve(shared);
  return await harness.create(context, sandbox, harness.bundle(sandbox.id, { args }));
}

for (const handler of ['runc', 'crun']) {
  test(`${handler}: an infra container holds the pid namespace of the pod`, { skip }, async (t) => {
    const harness = await SandboxHarness.open(t, handler);
    const context = await harness.instance();
    const { id, infra, namespaces } = await withInfra(harness, context);
    assert.ok(infra && isAlive(infra.pid, infra.startTicks));
    const inode = /\d+/.exec(readlinkSync(`/proc/${infra.pid}/ns/pid`))?.[0];
    assert.equal(String(statSync(namespaces['pid'] as string).ino), inode);

    await stopSandbox(context, { id }, harness.call());
    assert.ok(!isAlive(infra.pid, infra.startTicks));
    assert.deepEqual(harness.processes(id), []);
    assert.equal((await harness.record(id)).reason, 'stopped');
    await removeSandbox(context, { id }, harness.call());
    assert.deepEqual(harness.leftovers(id), []);
  });
}

test('a sandbox whose infra container ends is not ready, and can be stopped and removed', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const { id, infra } = await withInfra(harness, context);
  signal(infra?.pid ?? 0, 'SIGKILL');
  const isNotReady = async (): Promise<boolean> => (await harness.record(id)).phase === SandboxPhase.SANDBOX_NOT_READY;
  await until(isNotReady, 'the sandbox is not ready');
  assert.match((await harness.record(id)).reason, /infra container ended with exit code 137/);
  await stopSandbox(context, { id }, harness.call());
  await removeSandbox(context, { id }, harness.call());
  assert.deepEqual(harness.leftovers(id), []);
});

test('an infra container that cannot be made names the step and leaves nothing', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const sandbox = await harness.reserve(shared);
  const bundle = harness.bundle(sandbox.id, { args: ['/bin/no-such-program'] });
  await assert.rejects(harness.create(context, sandbox, bundle), {
    code: 'RUNTIME_FAILED',
    message: /^infra( start)?: .*no-such-program/,
  });
  assert.deepEqual(harness.leftovers(sandbox.id), []);
  assert.deepEqual(harness.leases(), []);
});
