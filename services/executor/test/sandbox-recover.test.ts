import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SandboxPhase } from '@slipway/contracts';
import { NamespaceMode } from '@slipway/cri';
import { isAlive, unmountBelow } from '@slipway/linux';
import { FirstSeen } from '@slipway/time';
import { removeSandbox } from '../src/sandbox/remove.js';
import { recoverSandboxes } from '../src/sandbox/recover.js';
import { stopSandbox } from '../src/sandbox/stop.js';
import { skip, until } from './harness.js';
import { pings, SandboxHarness } from './sandbox-harness.js';

const { POD } = NamespaceMode;

test('a sandbox in order is not touched, a reservation of this minute neither', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const made = await harness.ready(context);
  const reserved = await harness.reserve();
  await recoverSandboxes(context);
  assert.deepEqual(await harness.record(made.id), made);
  assert.deepEqual(await harness.record(reserved.id), reserved);
  assert.ok(pings(made.ips[0] as string));
});

test('a sandbox whose namespaces are gone is not ready, and can be stopped and removed', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const { id, directory } = await harness.ready(context);
  // As after a reboot: the mounts are gone, what lies on disk is not.
  unmountBelow(directory);
  await recoverSandboxes(context);
  const broken = await harness.record(id);
  assert.equal(broken.phase, SandboxPhase.SANDBOX_NOT_READY);
  assert.match(broken.reason, /net.* namespace is gone/);
  // No kubelet may come for it.
  assert.deepEqual(harness.leases(), []);
  await stopSandbox(context, { id }, harness.call());
  await removeSandbox(context, { id }, harness.call());
  assert.deepEqual(harness.leftovers(id), []);
  assert.deepEqual(harness.leases(), []);
});

test('a sandbox whose infra container and conmon were killed is not ready', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const sandbox = await harness.reserve({
    linux: { securityContext: { namespaceOptions: { network: POD, pid: POD, ipc: POD } } },
  });
  const bundle = harness.bundle(sandbox.id, { args: ['/bin/catatonit', '-P'] });
  const { id, infra } = await harness.create(context, sandbox, bundle);
  const conmon = Number(readFileSync(context.paths.container(id).conmonPidFile, 'utf8'));
  process.kill(conmon, 'SIGKILL');
  process.kill(infra?.pid ?? 0, 'SIGKILL');
  await until(() => harness.processes(id).length === 0, 'conmon is gone');
  await until(() => !isAlive(infra?.pid ?? 0), 'the infra container is gone');
  await recoverSandboxes(context);
  assert.match((await harness.record(id)).reason, /infra container is gone/);
  await removeSandbox(context, { id }, harness.call());
  assert.deepEqual(harness.leftovers(id), []);
});

test('an object without a record is taken down only by its own handler', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t, 'runc');
  const [runc, crun] = [await harness.instance('runc'), await harness.instance('crun')];
  const { id, directory } = await harness.ready(runc);
  await harness.records.sandboxes.delete(id);
  await recoverSandboxes(crun);
  assert.ok(existsSync(join(directory, 'handler')));
  await Promise.all([recoverSandboxes(runc), recoverSandboxes(crun)]);
  assert.deepEqual(harness.leftovers(id), []);
  assert.deepEqual(harness.leases(), []);
});

test('a sandbox whose record is lost in Redis and on disk is known again as it was', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const made = await harness.ready(context);
  harness.loseRecords();
  assert.equal(await harness.records.sandboxes.get(made.id), undefined);
  await recoverSandboxes(context);
  assert.deepEqual(await harness.record(made.id), made);
  assert.ok(pings(made.ips[0] as string));
  // Nothing tells any more whose it is.
  harness.loseRecords();
  writeFileSync(join(harness.settings.state, 'records/sandboxes', made.id), 'junk');
  await recoverSandboxes(context);
  assert.deepEqual(harness.leftovers(made.id), []);
  assert.deepEqual(harness.leases(), []);
  assert.deepEqual(harness.events.at(-1)?.phase, 'LOST');
});

test('an attachment whose sandbox is gone altogether is undone', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const { id, directory } = await harness.ready(context);
  await harness.records.sandboxes.delete(id);
  unmountBelow(directory);
  rmSync(directory, { recursive: true });
  assert.equal(harness.leases().length, 1);
  await recoverSandboxes(context);
  assert.deepEqual(harness.leases(), []);
  assert.deepEqual(harness.leftovers(id), []);
});

test('a sandbox that Redis has lost and the mirror still holds is not touched', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const { id, ips } = await harness.ready(context);
  const mirror = join(harness.settings.root, 'records/sandboxes', id);
  const bytes = readFileSync(mirror);
  await harness.records.sandboxes.delete(id);
  rmSync(join(harness.settings.root, 'records/sandboxes', `.gone-${id}`));
  writeFileSync(mirror, bytes);
  await recoverSandboxes(context);
  assert.ok(pings(ips[0] as string));
  await removeSandbox(context, { id }, harness.call());
});

test('a reservation that nobody works on any more is undone with its record', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const made = await harness.ready(context);
  await harness.records.sandboxes.transition(made.id, (now) => ({
    ...now,
    phase: SandboxPhase.SANDBOX_INTENT,
    operation: 'sandbox/default/pod',
  }));
  const ages = new FirstSeen();
  await recoverSandboxes(context, { ages });
  assert.ok(await harness.records.sandboxes.get(made.id), 'its age is not what the wall clock says');
  await recoverSandboxes(context, { ages, abandonedMs: 1 });
  assert.equal(await harness.records.sandboxes.get(made.id), undefined);
  assert.deepEqual(harness.leftovers(made.id), []);
  assert.deepEqual(harness.leases(), []);
});

test('a reservation whose operation still runs is waited for', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const key = `sandbox/${randomBytes(4).toString('hex')}`;
  const { id } = await harness.reserve({}, { operation: key });
  let finish!: () => void;
  let begun!: () => void;
  const running = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const operation = harness.records.operations.run(key, id, async () => {
    begun();
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  await running;
  await recoverSandboxes(context, { ages: new FirstSeen(), abandonedMs: 0 });
  assert.equal((await harness.record(id)).phase, SandboxPhase.SANDBOX_INTENT);
  finish();
  await operation;
});

test('a directory that is being made is not mistaken for one that was left', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const directory = join(harness.settings.state, 'sandboxes', randomBytes(32).toString('hex'));
  mkdirSync(directory, { recursive: true });
  await recoverSandboxes(context);
  assert.ok(existsSync(directory));
});
