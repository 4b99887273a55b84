import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { ContainerState, PodSandboxState, Signal } from '@slipway/cri';
import { failureOf } from '../support/failure.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

const runtimes = ['crun', 'runc', 'runsc'];

describe('the life of a pod', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: runtimes, timeoutMs: 60_000 });
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  test('the runtime says what it is and that it is ready', async () => {
    const { version, runtimeName, runtimeVersion, runtimeApiVersion } = await lab.cri.version({ version: '0.1.0' });
    assert.deepEqual([version, runtimeName, runtimeApiVersion], ['0.1.0', 'slipway', 'v1']);
    assert.match(runtimeVersion, /^\d+\.\d+\.\d+/);

    const { status, runtimeHandlers, features } = await until('every handler', async () => {
      const answer = await lab.cri.status({ verbose: true });
      return answer.runtimeHandlers.length === 4 && answer;
    });
    assert.deepEqual(
      status?.conditions.map(({ type, status: good, message }) => [type, good, message]),
      [
        ['RuntimeReady', true, ''],
        ['NetworkReady', true, ''],
      ],
    );
    assert.deepEqual(
      runtimeHandlers.map(({ name }) => name),
      ['', 'crun', 'runc', 'runsc'],
    );
    assert.equal(features?.supplementalGroupsPolicy, true);

    const { linux } = await lab.cri.runtimeConfig();
    assert.equal(linux?.cgroupDriver, 1, 'cgroupfs');
    await lab.cri.updateRuntimeConfig({ runtimeConfig: { networkConfig: { podCidr: '10.0.0.0/24' } } });
  });

  for (const handler of runtimes) {
    test(`on ${handler}: every step answers and shows its state`, async () => {
      await live(lab, handler);
    });
  }
});

async function live(lab: Lab, handler: string): Promise<void> {
  const { cri, node, image } = lab;
  const began = nanos();
  const { imageRef: imageId } = await cri.pullImage({ image: { image } });
  assert.match(imageId, /^sha256:[0-9a-f]{64}$/);

  const config = podConfig(node, { labels: { app: 'demo' }, annotations: { note: 'of a pod' } });
  const pod = await Pod.run(cri, config, handler);
  assert.match(pod.id, /^[0-9a-f]{64}$/);
  const ready = await sandboxStatus(pod);
  assert.equal(ready.id, pod.id);
  assert.deepEqual({ ...ready.metadata }, { ...config.metadata });
  assert.equal(ready.state, PodSandboxState.SANDBOX_READY);
  assert.ok(ready.createdAt > began && ready.createdAt < nanos(), 'created_at is now, in nanoseconds');
  assert.equal(ready.runtimeHandler, handler);
  assert.deepEqual(ready.labels, { app: 'demo' });
  assert.deepEqual(ready.annotations, { note: 'of a pod' });
  const subnet = node.place.subnet.replace(/0\/24$/, '');
  assert.ok(ready.network?.ip.startsWith(subnet), `${ready.network?.ip} is in ${node.place.subnet}`);

  const data = join(node.place.directory, 'data');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'given'), 'from the host\n');
  const wanted = shell(
    image,
    'trap "exit 7" TERM; echo started as $0; echo to stderr >&2; while :; do sleep 0.05; done',
    {
      args: ['main'],
      labels: { tier: 'web' },
      annotations: { note: 'of a container' },
      envs: [{ key: 'COLOUR', value: Buffer.from('green') }],
      workingDir: '/tmp',
      mounts: [{ containerPath: '/data', hostPath: data, readonly: true }],
      linux: {
        securityContext: { namespaceOptions: { pid: 1 }, runAsUser: { value: 1000n }, runAsGroup: { value: 1000n } },
      },
    },
  );
  const id = await pod.create(wanted);
  const created = await pod.status(id);
  assert.equal(created.state, ContainerState.CONTAINER_CREATED);
  assert.ok(created.createdAt > ready.createdAt && created.createdAt < nanos());
  assert.deepEqual([created.startedAt, created.finishedAt], [0n, 0n]);
  assert.deepEqual({ ...created.metadata }, { ...wanted.metadata });
  assert.deepEqual(created.labels, { tier: 'web' });
  assert.deepEqual(created.annotations, { note: 'of a container' });
  assert.equal(created.imageId, imageId);
  assert.equal(created.image?.image, image);
  const resolved = await cri.imageStatus({ image: { image: created.imageRef } });
  assert.equal(resolved.image?.id, imageId, 'image_ref names the same image');
  assert.equal(created.logPath, join(String(config.logDirectory), String(wanted.logPath)));
  assert.equal(created.stopSignal, Signal.SIGTERM);
  assert.equal(created.user?.linux?.uid, 1000n);
  assert.equal(created.user?.linux?.gid, 1000n);
  assert.deepEqual(
    created.mounts.map(({ containerPath, hostPath, readonly }) => ({ containerPath, hostPath, readonly })),
    [{ containerPath: '/data', hostPath: data, readonly: true }],
  );

  await cri.startContainer({ containerId: id });
  const running = await pod.status(id);
  assert.equal(running.state, ContainerState.CONTAINER_RUNNING);
  assert.ok(running.startedAt >= running.createdAt && running.startedAt < nanos());
  assert.equal(running.finishedAt, 0n);
  assert.ok(existsSync(running.logPath), 'the log is there when the start returns');
  const log = await until('both lines in the log', async () => {
    const lines = await pod.log(id);
    return lines.length >= 2 && lines;
  });
  // The order of two streams is not kept.
  const line = (stream: string) => log.filter((entry) => entry.stream === stream).map(({ tag, text }) => [tag, text]);
  assert.deepEqual(line('stdout'), [['F', 'started as main']]);
  assert.deepEqual(line('stderr'), [['F', 'to stderr']]);
  const inside = 'echo $COLOUR; pwd; id -u; id -g; cat /data/given; hostname; echo $$';
  const printed = (await pod.exec(id, 'sh', '-c', inside)).trim().split('\n');
  assert.deepEqual(printed.slice(0, -1), ['green', '/tmp', '1000', '1000', 'from the host', config.hostname]);

  const { containersStatuses } = await cri.podSandboxStatus({ podSandboxId: pod.id });
  assert.deepEqual(
    containersStatuses.map((status) => [status.id, status.state]),
    [[id, ContainerState.CONTAINER_RUNNING]],
  );
  await cri.reopenContainerLog({ containerId: id });

  await cri.stopContainer({ containerId: id, timeout: 20n });
  const exited = await pod.status(id);
  assert.equal(exited.state, ContainerState.CONTAINER_EXITED);
  assert.equal(exited.exitCode, 7);
  assert.equal(exited.reason, 'Error');
  assert.ok(exited.finishedAt >= exited.startedAt && exited.finishedAt < nanos());

  await cri.removeContainer({ containerId: id });
  assert.equal((await failureOf(cri.containerStatus({ containerId: id }))).status, 'NOT_FOUND');
  await cri.stopPodSandbox({ podSandboxId: pod.id });
  const stopped = await sandboxStatus(pod);
  assert.equal(stopped.state, PodSandboxState.SANDBOX_NOTREADY);
  assert.equal(stopped.network?.ip, '', "its address may be another pod's by now");
  await cri.removePodSandbox({ podSandboxId: pod.id });
  assert.equal((await failureOf(cri.podSandboxStatus({ podSandboxId: pod.id }))).status, 'NOT_FOUND');
}

async function sandboxStatus(pod: Pod) {
  const { status } = await pod.cri.podSandboxStatus({ podSandboxId: pod.id });
  assert.ok(status);
  return status;
}

function nanos(): bigint {
  return BigInt(Date.now() + 1) * 1_000_000n;
}
