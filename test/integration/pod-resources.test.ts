import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { statusName } from '@slipway/testbed';
import { limitsOf } from '../support/cgroup-limits.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { allSeries, anotherSample } from '../support/series.js';

/** Removes a cgroup, as a kubelet does with its own, from every hierarchy. */
function removeCgroup(cgroup: string): void {
  for (const hierarchy of ['', ...readdirSync('/sys/fs/cgroup')]) {
    const directory = `/sys/fs/cgroup/${hierarchy}${cgroup}`;
    if (existsSync(directory)) rmdirSync(directory);
  }
}

describe('resources of pods', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun', 'runc'] });
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  const infoOf = async (podSandboxId: string) => {
    const { info } = await lab.cri.podSandboxStatus({ podSandboxId, verbose: true });
    return JSON.parse(info['info'] ?? '') as {
      cgroupParent: string;
      runtimeType: string;
      config: { linux: { resources: { memoryLimitInBytes: string }; overhead: { memoryLimitInBytes: string } } };
    };
  };
  const refused = (code: string, call: Promise<unknown>) =>
    assert.rejects(call, (error) => statusName(error) === code, code);

  test('a change limits the cgroup that Slipway made for the pod, and stands in the record', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'exec sleep 1000'));
    await cri.updatePodSandboxResources({
      podSandboxId: pod.id,
      resources: { cpuShares: 512n, cpuQuota: 50_000n, cpuPeriod: 100_000n, memoryLimitInBytes: 64n << 20n },
      overhead: { memoryLimitInBytes: 16n << 20n },
    });
    const info = await infoOf(pod.id);
    const [shares, quota, memory] = limitsOf(info.cgroupParent);
    assert.ok(['512', '59'].includes(shares ?? ''), shares);
    assert.deepEqual([quota, memory], ['50000', String(80 << 20)]);
    assert.equal(info.config.linux.resources.memoryLimitInBytes, String(64 << 20));

    // The overhead stays as it was.
    await cri.updatePodSandboxResources({ podSandboxId: pod.id, resources: { memoryLimitInBytes: 32n << 20n } });
    assert.equal(limitsOf(info.cgroupParent)[2], String(48 << 20));
    assert.equal((await infoOf(pod.id)).config.linux.overhead.memoryLimitInBytes, String(16 << 20));
    assert.equal(await pod.exec(id, 'echo', 'works'), 'works\n');

    await refused(
      'INVALID_ARGUMENT',
      cri.updatePodSandboxResources({ podSandboxId: pod.id, resources: { cpuQuota: -7n } }),
    );
    await cri.stopPodSandbox({ podSandboxId: pod.id });
    await refused('FAILED_PRECONDITION', cri.updatePodSandboxResources({ podSandboxId: pod.id, resources: {} }));
    await cri.removePodSandbox({ podSandboxId: pod.id });
    await refused('NOT_FOUND', cri.updatePodSandboxResources({ podSandboxId: pod.id, resources: {} }));
  });

  test('a container that has no quota, as one with processors of its own, gets one and loses it again', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const exclusive = { linux: { resources: { cpuQuota: -1n, cpuPeriod: 100_000n } } };
    const id = await pod.start({ ...shell(image, 'exec sleep 1000'), ...exclusive });
    const quota = async () => limitsOf(`${(await infoOf(pod.id)).cgroupParent}/${id}`)[1] ?? '';
    assert.match(await quota(), /^(-1|max)$/);
    await cri.updateContainerResources({ containerId: id, linux: { cpuQuota: 30_000n } });
    assert.equal(await quota(), '30000');
    await cri.updateContainerResources({ containerId: id, linux: { cpuQuota: -1n } });
    assert.match(await quota(), /^(-1|max)$/);
    await pod.remove();
  });

  test('of a pod whose cgroup the kubelet names a change is kept and its cgroup left alone', async () => {
    const { cri, node, image } = lab;
    const cgroupParent = `${node.place.cgroup}/kubepods/pod1`;
    const config = podConfig(node);
    const pod = await Pod.run(cri, { ...config, linux: { ...config.linux, cgroupParent } });
    await pod.start(shell(image, 'exec sleep 1000'));
    const before = limitsOf(cgroupParent);
    await cri.updatePodSandboxResources({ podSandboxId: pod.id, resources: { memoryLimitInBytes: 64n << 20n } });
    assert.deepEqual(limitsOf(cgroupParent), before);
    assert.equal((await infoOf(pod.id)).config.linux.resources.memoryLimitInBytes, String(64 << 20));
    await pod.remove();
    for (const cgroup of [cgroupParent, `${node.place.cgroup}/kubepods`]) removeCgroup(cgroup);
  });

  test('checkpoints are refused with what stands in their way on this host', async () => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const containerId = await pod.start(shell(lab.image, 'exec sleep 1000'));
    const call = lab.cri.checkpointContainer({ containerId, location: '/tmp/checkpoint.tar' });
    await assert.rejects(
      call,
      (error: Error) => statusName(error) === 'UNIMPLEMENTED' && /cannot be checkpointed: .*criu/i.test(error.message),
    );
    const unknown = lab.cri.checkpointContainer({ containerId: 'f'.repeat(64), location: '/tmp/checkpoint.tar' });
    await assert.rejects(unknown, (error: Error) => statusName(error) === 'NOT_FOUND');
    assert.equal(existsSync('/tmp/checkpoint.tar'), false);
  });

  test('a verbose status tells what crictl inspect shows', async () => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const containerId = await pod.start(shell(lab.image, 'exec sleep 1000'));
    const { info, status } = await lab.cri.containerStatus({ containerId, verbose: true });
    const shown = JSON.parse(info['info'] ?? '') as Record<string, unknown>;
    assert.equal(shown['sandboxID'], pod.id);
    assert.equal(shown['runtimeType'], 'crun');
    assert.equal(shown['imageID'], status?.imageId);
    assert.match(readFileSync(`/proc/${Number(shown['pid'])}/cmdline`, 'utf8'), /sleep/);
    assert.equal((await infoOf(pod.id)).runtimeType, 'crun');
    assert.deepEqual((await lab.cri.containerStatus({ containerId })).info, {});
  });

  for (const handler of ['crun', 'runc']) {
    test(`on ${handler} limits that are changed are in force, shown and kept`, async () => {
      const { cri, node, image } = lab;
      const pod = await Pod.run(cri, podConfig(node), handler);
      const resources = { memoryLimitInBytes: 64n << 20n, memorySwapLimitInBytes: 64n << 20n, cpuShares: 512n };
      const id = await pod.start(shell(image, 'exec sleep 1000', { linux: { ...shell(image, '').linux, resources } }));
      const limits = async () => {
        await anotherSample();
        const { descriptors } = await cri.listMetricDescriptors();
        const { podMetrics } = await cri.listPodSandboxMetrics();
        const all = podMetrics.flatMap((metrics) => allSeries(descriptors, metrics));
        return ['memory_limit_bytes', 'cpu_shares', 'cpu_quota'].map((name) =>
          Number(all.find(({ metric, labels }) => metric === `container_spec_${name}` && labels['name'] === id)?.value),
        );
      };
      assert.deepEqual(await limits(), [64 << 20, 512, Number.NaN]);

      const update = (linux: { memoryLimitInBytes?: bigint; cpuQuota?: bigint; cpuPeriod?: bigint }) =>
        cri.updateContainerResources({ containerId: id, linux });
      await update({ memoryLimitInBytes: 128n << 20n });
      await update({ cpuQuota: 20_000n, cpuPeriod: 100_000n });
      assert.deepEqual(await limits(), [128 << 20, 512, 20_000]);
      const { memoryLimitInBytes, cpuShares, cpuQuota } = (await pod.status(id)).resources?.linux ?? {};
      assert.deepEqual([memoryLimitInBytes, cpuShares, cpuQuota], [128n << 20n, 512n, 20_000n]);
      await update({ memoryLimitInBytes: 32n << 20n });
      assert.equal((await limits())[0], 32 << 20);

      await refused('INVALID_ARGUMENT', update({ cpuQuota: -5n }));
      await refused('INVALID_ARGUMENT', cri.updateContainerResources({ containerId: id }));
      await refused('NOT_FOUND', cri.updateContainerResources({ containerId: 'f'.repeat(64), linux: {} }));
      await cri.stopContainer({ containerId: id, timeout: 0n });
      await refused('FAILED_PRECONDITION', update({ cpuQuota: 20_000n }));
    });
  }
});
