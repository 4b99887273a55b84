import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ContainerPhase, ContainerRecord, SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import { signal } from '@slipway/linux';
import { deadlineIn } from '@slipway/time';
import { createContainer } from '../src/container/create.js';
import { execSync } from '../src/container/exec-sync.js';
import { removeContainer } from '../src/container/remove.js';
import { startContainer } from '../src/container/start.js';
import { stopContainer } from '../src/container/stop.js';
import type { SandboxContext } from '../src/sandbox/context.js';
import { removeSandbox } from '../src/sandbox/remove.js';
import { stopSandbox } from '../src/sandbox/stop.js';
import { skip, until } from './harness.js';
import { SandboxHarness } from './sandbox-harness.js';

class Pod {
  private constructor(
    readonly harness: SandboxHarness,
    readonly context: SandboxContext,
    readonly sandbox: SandboxRecord,
  ) {}

  static async open(harness: SandboxHarness): Promise<Pod> {
    const context = await harness.instance();
    const sandbox = await harness.reserve();
    const netns = join(harness.settings.state, 'sandboxes', sandbox.id, 'ns/net');
    const bundle = harness.bundle(sandbox.id, { args: ['/bin/catatonit', '-P'], netns });
    return new Pod(harness, context, await harness.create(context, sandbox, bundle));
  }

  async created(args: string[]): Promise<ContainerRecord> {
    const { harness, context, sandbox } = this;
    const id = randomBytes(32).toString('hex');
    const bundle = harness.bundle(id, {
      args,
      type: 'container',
      sandbox: sandbox.id,
      netns: sandbox.namespaces['net'] ?? '',
    });
    const container = ContainerRecord.create({
      id,
      sandboxId: sandbox.id,
      handler: 'runsc',
      bundle,
      logPath: join(harness.dir, `${id}.log`),
    });
    await harness.records.containers.insert(id, container);
    return (await createContainer(context, { container }, harness.call())).container as ContainerRecord;
  }

  async running(args: string[]): Promise<ContainerRecord> {
    const container = await this.created(args);
    await startContainer(this.context, { id: container.id }, this.harness.call());
    return container;
  }

  async record(id: string): Promise<ContainerRecord> {
    return (await this.harness.records.containers.get(id)) as ContainerRecord;
  }

  async ended(id: string, context = this.context): Promise<ContainerRecord> {
    assert.ok(await context.exits.wait(id, { deadline: deadlineIn(20_000) }), 'it ends');
    return await this.record(id);
  }

  async remove(): Promise<void> {
    const { harness, context, sandbox } = this;
    const ids = (await harness.records.containers.list()).map(({ id }) => id);
    for (const id of ids) await removeContainer(context, { id }, harness.call());
    await stopSandbox(context, { id: sandbox.id }, harness.call());
    await removeSandbox(context, { id: sandbox.id }, harness.call());
    for (const id of [...ids, sandbox.id]) assert.deepEqual(harness.leftovers(id), []);
  }
}

test("gVisor: a sandbox's containers have its address, their own logs, commands and exit codes", {
  skip,
}, async (t) => {
  const harness = await SandboxHarness.open(t, 'runsc');
  const pod = await Pod.open(harness);
  assert.equal(pod.sandbox.phase, SandboxPhase.SANDBOX_READY);

  const one = await pod.running(['sh', '-c', 'echo to stdout; echo to stderr >&2; ip addr; exit 5']);
  const ended = await pod.ended(one.id);
  assert.deepEqual([ended.exitCode, ended.reason], [5, 'Error']);
  const log = readFileSync(one.logPath, 'utf8');
  assert.match(log, /^\d{4}-\d\d-\d\dT\S+ stdout F to stdout$/m);
  assert.match(log, /^\d{4}-\d\d-\d\dT\S+ stderr F to stderr$/m);
  assert.match(log, new RegExp(` stdout F .*inet ${pod.sandbox.ips[0]}/`));

  const two = await pod.running(['sleep', '1000']);
  const call = { id: two.id, command: ['sh', '-c', 'echo out; echo err >&2; exit 7'], timeoutSeconds: 20n };
  const { stdout, stderr, exitCode } = await execSync(pod.context, call, harness.call());
  assert.deepEqual([stdout, stderr].map(String), ['out\n', 'err\n']);
  assert.equal(exitCode, 7);

  await stopContainer(pod.context, { id: two.id, graceSeconds: 0n }, harness.call());
  assert.equal((await pod.record(two.id)).exitCode, 137);
  await pod.remove();
});

test('gVisor: a container that was never started can be removed', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t, 'runsc');
  const pod = await Pod.open(harness);
  const { id } = await pod.created(['sleep', '1000']);
  assert.equal((await pod.record(id)).phase, ContainerPhase.CONTAINER_PHASE_CREATED);
  await removeContainer(pod.context, { id }, harness.call());
  assert.deepEqual(harness.leftovers(id), []);
  await pod.remove();
});

test('gVisor: a program that is not there fails the start with its name', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t, 'runsc');
  const pod = await Pod.open(harness);
  const { id } = await pod.created(['/bin/no-such-program']);
  await assert.rejects(startContainer(pod.context, { id }, harness.call()), {
    code: 'RUNTIME_FAILED',
    message: /no-such-program/,
  });
  const failed = await pod.record(id);
  assert.deepEqual([failed.phase, failed.reason], [ContainerPhase.CONTAINER_PHASE_EXITED, 'StartError']);
  await pod.remove();
});

test('gVisor: what ends while no executor runs has its exit code afterwards', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t, 'runsc');
  const pod = await Pod.open(harness);
  const { id } = await pod.running(['sh', '-c', 'sleep 1; echo late; exit 3']);
  pod.context.exits.close();
  await until(() => harness.processes(id).every((line) => !line.includes('conmon')), 'conmon ends');
  assert.equal((await pod.record(id)).phase, ContainerPhase.CONTAINER_PHASE_RUNNING);
  const next = await harness.instance();
  const ended = await pod.ended(id, next);
  assert.equal(ended.exitCode, 3);
  assert.match(readFileSync(ended.logPath, 'utf8'), / stdout F late$/m);
  await pod.remove();
});

test('gVisor: the end of the sandbox ends its containers', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t, 'runsc');
  const pod = await Pod.open(harness);
  const { id } = await pod.running(['sleep', '1000']);
  signal(pod.sandbox.infra?.pid ?? 0, 'SIGKILL');
  assert.equal((await pod.ended(id)).exitCode, 137);
  const isNotReady = async (): Promise<boolean> =>
    (await harness.record(pod.sandbox.id)).phase === SandboxPhase.SANDBOX_NOT_READY;
  await until(isNotReady, 'the sandbox is not ready');
  await pod.remove();
});
