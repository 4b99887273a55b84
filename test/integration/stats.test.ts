import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ContainerStats } from '@slipway/cri';
import { statusName } from '@slipway/testbed';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { allSeries, anotherSample } from '../support/series.js';
import { until } from '../support/until.js';

function near(actual: bigint | number | undefined, expected: number, what: string): void {
  const difference = Math.abs(Number(actual) - expected);
  assert.ok(difference <= expected * 0.05, `${what}: ${actual}, and ${expected} by the kernel`);
}

/** The processes of a container that share its pid namespace, as the host sees them. */
function processesOf(pid: number): number[] {
  const namespace = execFileSync('readlink', [`/proc/${pid}/ns/pid`], { encoding: 'utf8' }).trim();
  const listed = execFileSync('sh', ['-c', 'for p in /proc/[0-9]*; do echo "${p#/proc/} $(readlink $p/ns/pid)"; done']);
  return listed
    .toString()
    .split('\n')
    .filter((line) => line.endsWith(` ${namespace}`))
    .map((line) => Number.parseInt(line, 10));
}

/** Seconds in ticks of 10 ms, of a process and of its children that ended (proc_pid_stat(5)). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
}

describe('stats', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun', 'runc', 'runsc'] });
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  const pidOf = async (containerId: string): Promise<number> => {
    const { info } = await lab.cri.containerStatus({ containerId, verbose: true });
    return (JSON.parse(info['info'] ?? '{}') as { pid: number }).pid;
  };
  const statsOf = async (containerId: string): Promise<ContainerStats> => {
    const { stats } = await lab.cri.containerStats({ containerId });
    assert.ok(stats);
    return stats;
  };

  for (const handler of ['crun', 'runc']) {
    test(`on ${handler} the figures of a container at work are the kernel’s`, async () => {
      const { cri, node, image } = lab;
      const pod = await Pod.run(cri, podConfig(node), handler);
      const limit = 256 << 20;
      const script = [
        // 40 MB of anonymous memory, some 8 MB of files, twelve processes more, and seconds of work:
        // what the runtime's own start costs within the cgroup is small beside them.
        'held=$(head -c 40000000 /dev/zero | tr "\\0" x)',
        'mkdir /data; dd if=/dev/zero of=/data/large bs=1M count=8 2>/dev/null',
        'for i in $(seq 20); do echo $i > /data/$i; done',
        'for i in $(seq 12); do sleep 1000 & done',
        'i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done',
        'echo done; while :; do sleep 1000; done',
      ].join('\n');
      const linux = { ...shell(image, '').linux, resources: { memoryLimitInBytes: BigInt(limit) } };
      const id = await pod.start(shell(image, script, { linux }));
      await until('the work is done', async () => (await pod.log(id)).some(({ text }) => text === 'done'));
      const pid = await pidOf(id);

      await anotherSample();
      const { cpu, memory, attributes } = await statsOf(id);
      assert.equal(attributes?.id, id);
      const seconds = processesOf(pid).reduce((sum, process) => sum + cpuSeconds(process), 0);
      near(cpu?.usageCoreNanoSeconds?.value, seconds * 1e9, 'processor time');
      const anonymous = processesOf(pid).map((process) =>
        Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1] ?? 0),
      );
      const rss = anonymous.reduce((sum, kilobytes) => sum + kilobytes * 1024, 0);
      assert.ok(rss > 40_000_000);
      near(memory?.rssBytes?.value, rss, 'anonymous memory');
      const { usageBytes, workingSetBytes, availableBytes, pageFaults } = memory ?? {};
      assert.ok(Number(usageBytes?.value) >= Number(workingSetBytes?.value), 'the working set is part of the usage');
      assert.ok(Number(workingSetBytes?.value) >= Number(memory?.rssBytes?.value));
      assert.equal(Number(availableBytes?.value), limit - Number(workingSetBytes?.value));
      // A page was touched for each 4 KiB at least.
      assert.ok(Number(pageFaults?.value) > 40_000_000 / 4096);

      // A container that writes into its /etc/hosts writes into its bundle, too.
      const writable = ['upper', 'hosts'].map((name) => join(node.root, 'bundles', id, name));
      const du = (flag: string): number =>
        Number.parseInt(
          execFileSync('du', ['-sc', flag, ...writable], { encoding: 'utf8' })
            .split('\n')
            .at(-2) ?? '',
          10,
        );
      await until('the writable layer was walked after the work', async () => {
        const { writableLayer } = await statsOf(id);
        return Number(writableLayer?.usedBytes?.value) > 8 << 20;
      });
      const { writableLayer } = await statsOf(id);
      near(writableLayer?.usedBytes?.value, du('-B1'), 'bytes of the writable layer');
      assert.equal(Number(writableLayer?.inodesUsed?.value), du('--inodes'));
      const { containerFilesystems } = await cri.imageFsInfo();
      assert.equal(writableLayer?.fsId?.mountpoint, containerFilesystems[0]?.fsId?.mountpoint);

      const { stats } = await cri.podSandboxStats({ podSandboxId: pod.id });
      const processes = await pod.exec(id, 'sh', '-c', 'set -- /proc/[0-9]*; echo $#');
      assert.equal(Number(stats?.linux?.process?.processCount?.value), processesOf(pid).length);
      // Besides the shell of the exec.
      assert.equal(Number(processes) - 1, processesOf(pid).length);
      assert.ok(processesOf(pid).length >= 13);
      assert.ok(Number(stats?.linux?.memory?.rssBytes?.value) >= Number(memory?.rssBytes?.value));
      assert.deepEqual(
        stats?.linux?.containers.map((one) => one.attributes?.id),
        [id],
      );
    });
  }

  test('the rate of the processor is that between two samples, and a sample serves all callers of a second', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'while :; do :; done'));
    const first = (await statsOf(id)).cpu;
    assert.equal(first?.usageNanoCores, undefined, 'one sample makes no rate');
    const same = (await cri.listContainerStats({ filter: { id } })).stats[0]?.cpu;
    assert.deepEqual(same, first);

    await anotherSample();
    const second = (await cri.podSandboxStats({ podSandboxId: pod.id })).stats?.linux?.containers[0]?.cpu;
    const used = Number(second?.usageCoreNanoSeconds?.value) - Number(first?.usageCoreNanoSeconds?.value);
    const time = Number(second?.timestamp) - Number(first?.timestamp);
    assert.ok(used > 0 && time > 1e9);
    near(second?.usageNanoCores?.value, (used / time) * 1e9, 'rate');
  });

  test('a pod’s network counters are those of its interface', async (t) => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'exec sleep 1000'));
    let received = 0;
    const server = createServer((socket) => socket.on('data', (bytes) => (received += bytes.length)));
    t.after(() => server.close());
    await new Promise<void>((listening) => server.listen(0, listening));
    const { port } = server.address() as { port: number };
    const gateway = /default via (\S+)/.exec(await pod.exec(id, 'ip', 'route'))?.[1] ?? '';
    await pod.exec(id, 'sh', '-c', `head -c 6000000 /dev/zero | nc ${gateway} ${port}`);
    await until('the bytes have arrived', () => received === 6_000_000);

    await anotherSample();
    const { stats } = await cri.podSandboxStats({ podSandboxId: pod.id });
    const { name, txBytes, rxBytes } = stats?.linux?.network?.defaultInterface ?? {};
    assert.equal(name, 'eth0');
    const interfaces = stats?.linux?.network?.interfaces.map((one) => one.name);
    assert.deepEqual(interfaces, ['eth0'], "the default one too, for the kubelet's summary, and no loopback");
    const kernel = async (counter: string) =>
      Number(await pod.exec(id, 'cat', `/sys/class/net/eth0/statistics/${counter}_bytes`));
    assert.ok(Number(txBytes?.value) > 6_000_000);
    near(txBytes?.value, await kernel('tx'), 'bytes sent');
    near(rxBytes?.value, await kernel('rx'), 'bytes received');
  });

  test('lists hold what was created and what has ended, and obey their filters', async () => {
    const { cri, node, image } = lab;
    const one = await Pod.run(cri, podConfig(node, { labels: { app: 'one' } }));
    const two = await Pod.run(cri, podConfig(node, { labels: { app: 'two' } }));
    const created = await one.create(shell(image, 'exec sleep 1000', { labels: { role: 'idle' } }));
    const ended = await one.start(shell(image, 'echo text > /note', { annotations: { note: 'kept' } }));
    const running = await two.start(shell(image, 'exec sleep 1000', { labels: { role: 'idle' } }));
    await one.exited(ended);

    const list = async (filter?: Parameters<typeof cri.listContainerStats>[0]) =>
      (await cri.listContainerStats(filter)).stats.map(({ attributes }) => String(attributes?.id)).toSorted();
    assert.deepEqual(await list(), [created, ended, running].toSorted());
    assert.deepEqual(await list({ filter: { id: running.slice(0, 20) } }), [running]);
    assert.deepEqual(await list({ filter: { podSandboxId: one.id } }), [created, ended].toSorted());
    assert.deepEqual(await list({ filter: { labelSelector: { role: 'idle' } } }), [created, running].toSorted());
    assert.deepEqual(await list({ filter: { podSandboxId: one.id, labelSelector: { role: 'idle' } } }), [created]);
    assert.deepEqual(await list({ filter: { labelSelector: { role: 'other' } } }), []);

    assert.ok(Number((await statsOf(created)).memory?.usageBytes?.value) > 0, 'an init that waits uses memory');
    const after = await until('the ended one’s layer was walked', async () => {
      const stats = await statsOf(ended);
      return Number(stats.writableLayer?.inodesUsed?.value) > 1 && stats;
    });
    assert.deepEqual([after.cpu, after.memory, after.attributes?.annotations['note']], [undefined, undefined, 'kept']);

    const pods = async (filter?: Parameters<typeof cri.listPodSandboxStats>[0]) =>
      (await cri.listPodSandboxStats(filter)).stats.map(({ attributes }) => String(attributes?.id)).toSorted();
    assert.deepEqual(await pods(), [one.id, two.id].toSorted());
    assert.deepEqual(await pods({ filter: { labelSelector: { app: 'two' } } }), [two.id]);
    assert.deepEqual(await pods({ filter: { id: one.id } }), [one.id]);
    assert.deepEqual(await pods({ filter: { id: one.id, labelSelector: { app: 'two' } } }), []);

    const none = (call: Promise<unknown>) => assert.rejects(call, (error) => statusName(error) === 'NOT_FOUND');
    await none(cri.containerStats({ containerId: 'f'.repeat(64) }));
    await none(cri.podSandboxStats({ podSandboxId: 'f'.repeat(64) }));

    await cri.stopPodSandbox({ podSandboxId: one.id });
    const { stats } = await cri.podSandboxStats({ podSandboxId: one.id });
    assert.deepEqual([stats?.linux?.cpu, stats?.linux?.network], [undefined, undefined]);
    assert.equal(stats?.attributes?.labels['app'], 'one');
  });

  test('streams answer what lists do, each item once', async () => {
    const { cri, node, image } = lab;
    const pods = await Promise.all([1, 2, 3].map(() => Pod.run(cri, podConfig(node))));
    await Promise.all(pods.map((pod) => pod.start(shell(image, 'exec sleep 1000'))));
    const ids = (items: ({ id: string } | undefined)[]) => items.map((item) => String(item?.id)).toSorted();
    const same = <T>(streamed: T[], listed: T[], id: (item: T) => { id: string } | undefined) => {
      assert.ok(listed.length > 0);
      assert.deepEqual(ids(streamed.map(id)), ids(listed.map(id)));
    };

    const flat = async <M, T>(messages: Promise<M[]>, items: (message: M) => T[]) => (await messages).flatMap(items);
    same(
      await flat(cri.streamContainers(), ({ containers }) => containers),
      (await cri.listContainers()).containers,
      (item) => item,
    );
    same(
      await flat(cri.streamPodSandboxes(), ({ podSandboxes }) => podSandboxes),
      (await cri.listPodSandbox()).items,
      (item) => item,
    );
    same(await flat(cri.streamImages(), ({ images }) => images), (await cri.listImages()).images, (item) => item);
    same(
      await flat(cri.streamContainerStats(), ({ containerStats }) => containerStats),
      (await cri.listContainerStats()).stats,
      (item) => item.attributes,
    );
    same(
      await flat(cri.streamPodSandboxStats(), ({ podSandboxStats }) => podSandboxStats),
      (await cri.listPodSandboxStats()).stats,
      (item) => item.attributes,
    );
    same(
      await flat(cri.streamPodSandboxMetrics(), ({ podSandboxMetrics }) => podSandboxMetrics),
      (await cri.listPodSandboxMetrics()).podMetrics,
      ({ podSandboxId }) => ({ id: podSandboxId }),
    );
    const [first] = pods;
    const filtered = await cri.streamContainers({ filter: { podSandboxId: first?.id ?? '' } });
    assert.deepEqual(
      filtered.map(({ containers }) => containers.map(({ podSandboxId }) => podSandboxId)),
      [[first?.id]],
    );
    assert.deepEqual(await cri.streamContainers({ filter: { id: 'f'.repeat(64) } }), []);
  });

  test('metrics have the labels that their descriptors name, and the values of stats', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const linux = { ...shell(image, '').linux, resources: { memoryLimitInBytes: 64n << 20n, cpuShares: 512n } };
    const config = shell(
      image,
      'echo text > /note; i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done; exec sleep 1000',
      {
        linux,
      },
    );
    const id = await pod.start(config);
    const created = await pod.create(shell(image, 'exec sleep 1000'));
    const gone = await Pod.run(cri, podConfig(node));
    await cri.stopPodSandbox({ podSandboxId: gone.id });
    await until('it sleeps', async () => (await pod.exec(id, 'cat', '/proc/1/cmdline')).startsWith('sleep'));
    await anotherSample();

    const { descriptors } = await cri.listMetricDescriptors();
    const { podMetrics } = await cri.listPodSandboxMetrics();
    assert.deepEqual(
      podMetrics.map(({ podSandboxId }) => podSandboxId),
      [pod.id],
      'a pod that is not ready has no metrics',
    );
    const [metrics] = podMetrics;
    assert.ok(metrics);
    assert.deepEqual(
      metrics.containerMetrics.map(({ containerId }) => containerId).toSorted(),
      [id, created].toSorted(),
    );
    const series = allSeries(descriptors, metrics);

    const value = (name: string, labels: Record<string, string> = { name: id }): number | undefined => {
      const found = series.find(
        (one) => one.metric === name && Object.entries(labels).every(([key, text]) => one.labels[key] === text),
      );
      return found && Number(found.value);
    };
    const { cpu, memory } = await statsOf(id);
    const seconds = Number(cpu?.usageCoreNanoSeconds?.value) / 1e9;
    assert.ok(Math.abs(Number(value('container_cpu_usage_seconds_total')) - seconds) <= 1);
    near(value('container_memory_working_set_bytes'), Number(memory?.workingSetBytes?.value), 'working set');
    assert.equal(value('container_spec_memory_limit_bytes'), 64 << 20);
    assert.equal(value('container_spec_cpu_shares'), 512);
    assert.equal(value('container_spec_cpu_quota'), undefined, 'there is none');
    assert.equal(value('container_processes'), 1);
    assert.equal(value('container_file_descriptors'), 3);
    assert.equal(value('container_oom_events_total'), 0);
    const status = await pod.status(id);
    assert.equal(value('container_start_time_seconds'), Math.floor(Number(status.startedAt) / 1e9));
    const { writableLayer } = await statsOf(id);
    assert.equal(value('container_fs_inodes_total'), Number(writableLayer?.inodesUsed?.value));
    assert.ok(Number(value('container_fs_inodes_total')) < 100, "the container's and not the file system's");
    assert.ok(Number(value('container_network_receive_bytes_total', { name: pod.id, interface: 'eth0' })) > 0);
    const [one] = series.filter(({ labels }) => labels['name'] === id);
    assert.deepEqual(
      [one?.labels['container'], one?.labels['pod'], one?.labels['namespace'], one?.labels['image']],
      [config.metadata?.name, pod.config.metadata?.name, 'default', image],
    );
  });

  test("containerd's client reads from cAdvisor's socket which container a cgroup is of", async () => {
    const { cri, node, image } = lab;
    const labels = { 'io.kubernetes.pod.name': 'p', 'io.kubernetes.container.name': 'c' };
    const pod = await Pod.run(cri, { ...podConfig(node), labels });
    const id = await pod.start(shell(image, 'exec sleep 1000', { labels }));
    const socket = join(node.state, 'cadvisor.sock');
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    const ctr = (...words: string[]) =>
      spawnSync('ctr', ['--address', socket, '--namespace', 'k8s.io', ...words], { encoding: 'utf8', timeout: 60_000 });
    // After the version, ctr asks for more of the server than cAdvisor does.
    assert.match(ctr('version').stdout, /Server:\s+Version: +0\.1\.0/);

    const described = (wanted: string): { ID: string; Image: string; Labels: Record<string, string> } =>
      JSON.parse(ctr('containers', 'info', wanted).stdout) as never;
    const container = described(id);
    assert.deepEqual(
      [container.ID, container.Image, container.Labels],
      [id, image, { ...labels, 'io.cri-containerd.kind': 'container' }],
    );
    assert.deepEqual(described(pod.id).Labels, { ...labels, 'io.cri-containerd.kind': 'sandbox' });
    assert.match(ctr('containers', 'info', 'f'.repeat(64)).stderr, /not ?found/i);
    // cAdvisor takes the id from the last part of the cgroup's path, and asks for the process there.
    const { info } = await cri.containerStatus({ containerId: id, verbose: true });
    const { pid } = JSON.parse(info['info'] ?? '{}') as { pid: number };
    assert.match(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), new RegExp(`/[^/]*${id}[^/]*$`, 'm'));
  });

  test('a gVisor container that is alone in its pod has the pod’s figures', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node), 'runsc');
    const id = await pod.start(shell(image, 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exec sleep 1000'));
    await until('it has worked', async () => Number((await statsOf(id)).cpu?.usageCoreNanoSeconds?.value) > 0.2e9);
    const { memory } = await statsOf(id);
    const stats = (await cri.podSandboxStats({ podSandboxId: pod.id })).stats?.linux;
    near(stats?.memory?.usageBytes?.value, Number(memory?.usageBytes?.value), 'memory');
    assert.ok(Number(memory?.usageBytes?.value) > 4 << 20, 'a kernel of its own lies in it');
    assert.ok(Number(stats?.process?.processCount?.value) > 1);
  });

  test('a kill for want of memory is counted', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const linux = { ...shell(image, '').linux, resources: { memoryLimitInBytes: 24n << 20n } };
    // A single process asks for memory: with two, the kernel could kill the shell for the other before the first's is free.
    const script = '(tail -c 100000000 /dev/zero >/dev/null); echo done; exec sleep 1000';
    const id = await pod.start(shell(image, script, { linux }));
    await until('a child was killed', async () => (await pod.log(id)).some(({ text }) => text === 'done'));
    const { descriptors } = await cri.listMetricDescriptors();
    const { podMetrics } = await cri.listPodSandboxMetrics();
    const kills = podMetrics
      .flatMap((metrics) => allSeries(descriptors, metrics))
      .find(({ metric, labels }) => metric === 'container_oom_events_total' && labels['name'] === id);
    assert.ok(Number(kills?.value) >= 1);
  });
});
