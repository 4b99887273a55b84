import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import { leftovers, NodePod } from './pods.js';
import type { Driver, Handler, SlipwayNode } from './slipway-node.js';

const mb = 1024n * 1024n;

/** The cgroup parent that a kubelet names for a burstable pod, by its driver. */
function parentOf(driver: Driver, uid: string): string {
  const name = uid.replaceAll('-', '_');
  return driver === 'systemd' ? `kubepods-burstable-pod${name}.slice` : `/kubepods/burstable/pod${uid}`;
}

/** Makes that cgroup as a kubelet does before it asks for the pod, and removes it when the pod is gone. */
async function withParent(node: SlipwayNode, driver: Driver, work: (parent: string) => Promise<void>): Promise<void> {
  const parent = parentOf(driver, `0000-${process.pid}`);
  const { guest } = node;
  const [make, remove] =
    driver === 'systemd'
      ? [`systemctl start ${parent}`, 'systemctl stop kubepods.slice']
      : [
          `for d in kubepods kubepods/burstable; do mkdir -p /sys/fs/cgroup/$d; echo '+cpu +memory +pids +io' > /sys/fs/cgroup/$d/cgroup.subtree_control; done; mkdir -p /sys/fs/cgroup${parent}`,
          `rmdir /sys/fs/cgroup${parent} /sys/fs/cgroup/kubepods/burstable /sys/fs/cgroup/kubepods`,
        ];
  await guest.run(make);
  try {
    await work(parent);
  } finally {
    await removePods(node);
    await guest.run(remove);
  }
}

/** Pods on one handler with one cgroup driver: limits as asked, exec, logs, stop, and nothing left. */
export function podScenarios(node: () => SlipwayNode, driver: Driver, handlers: readonly Handler[]): void {
  describe(`pods with the ${driver} driver`, () => {
    before(() => node().startWith(driver));

    for (const handler of handlers) {
      describe(handler, () => {
        // A test that failed leaves its pods, which would be the next one's.
        afterEach(() => removePods(node()));

        test('a container runs, prints to its log, and ends with its exit code', async () => {
          const pod = await NodePod.run(node(), handler);
          const id = await pod.start('echo hello; echo sorry >&2; exit 7');
          const { exitCode, reason } = await pod.exited(id);
          assert.deepEqual([exitCode, reason], [7, 'Error']);
          assert.deepEqual((await pod.log(id)).sort(), ['stderr F sorry', 'stdout F hello']);
          await pod.remove();
          assert.deepEqual(await leftovers(node()), []);
        });

        test('limits that were asked for are in the files of its cgroup, below the slice that the kubelet named', async () => {
          await withParent(node(), driver, async (cgroupParent) => {
            const pod = await NodePod.run(node(), handler, { linux: { cgroupParent } });
            const id = await pod.start('exec sleep 100000', {
              linux: {
                resources: {
                  cpuShares: 512n,
                  cpuQuota: 50_000n,
                  cpuPeriod: 100_000n,
                  memoryLimitInBytes: 64n * mb,
                  unified: { 'memory.high': String(48n * mb), 'pids.max': '77' },
                },
              },
            });
            const cgroup = await pod.cgroup(id);
            assert.match(cgroup, expectedCgroup(driver, cgroupParent, id));
            assert.deepEqual(await values(node(), cgroup), {
              'cpu.max': '50000 100000',
              // The curve of runc 1.3 and crun 1.23: 1024 shares are a weight of 100.
              'cpu.weight': '59',
              'memory.max': String(64n * mb),
              'memory.high': String(48n * mb),
              'pids.max': '77',
            });
            await pod.remove();
          });
          assert.deepEqual(await leftovers(node()), []);
        });

        test('a change in place is in the files too', async () => {
          const pod = await NodePod.run(node(), handler);
          const containerId = await pod.start('exec sleep 100000', {
            linux: { resources: { memoryLimitInBytes: 64n * mb, cpuShares: 512n } },
          });
          await node().cri.updateContainerResources({
            containerId,
            linux: { memoryLimitInBytes: 96n * mb, cpuShares: 1024n, cpuQuota: 20_000n, cpuPeriod: 100_000n },
          });
          const cgroup = await pod.cgroup(containerId);
          const { 'memory.max': memory, 'cpu.weight': weight, 'cpu.max': quota } = await values(node(), cgroup);
          assert.deepEqual([memory, weight, quota], [String(96n * mb), '100', '20000 100000']);
          await pod.remove();
          assert.deepEqual(await leftovers(node()), []);
        });

        test('commands run in a container, and its statistics are those of the kernel', async () => {
          const pod = await NodePod.run(node(), handler);
          const id = await pod.start('exec sleep 100000');
          for (let times = 0; times < 3; times++) assert.equal(await pod.exec(id, 'echo', 'here'), 'here\n');
          const { exitCode } = await node().cri.execSync({
            containerId: id,
            cmd: ['sh', '-c', 'exit 3'],
            timeout: 60n,
          });
          assert.equal(exitCode, 3);
          const { stats } = await node().cri.containerStats({ containerId: id });
          assert.ok((stats?.memory?.workingSetBytes?.value ?? 0n) > 0n, 'memory in use');
          assert.ok((stats?.cpu?.usageCoreNanoSeconds?.value ?? 0n) > 0n, 'processor time');
          await pod.remove();
          assert.deepEqual(await leftovers(node()), []);
        });

        test('a container that exceeds its memory is reported as OOMKilled', async () => {
          const pod = await NodePod.run(node(), handler);
          const id = await pod.start('exec tail /dev/zero', {
            linux: { resources: { memoryLimitInBytes: 16n * mb, memorySwapLimitInBytes: 16n * mb } },
          });
          const { reason, exitCode } = await pod.exited(id);
          assert.deepEqual([reason, exitCode], ['OOMKilled', 137]);
          await pod.remove();
          assert.deepEqual(await leftovers(node()), []);
        });
      });
    }
  });
}

function expectedCgroup(driver: Driver, parent: string, id: string): RegExp {
  if (driver === 'cgroupfs') return new RegExp(`^/sys/fs/cgroup${parent}/[^/]*${id}(/container)?$`);
  return new RegExp(
    `^/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/${parent}/[a-z]+-${id}.scope(/container)?$`,
  );
}

/**
 * The limits of a container. Where the runtime makes a cgroup of its own in the scope, that is the lower one of
 * both: crun limits the scope, but crun before 1.9 has systemd limit nothing but the weight.
 */
async function values(node: SlipwayNode, cgroup: string): Promise<Record<string, string>> {
  const names = ['cpu.max', 'cpu.weight', 'memory.max', 'memory.high', 'pids.max'];
  const scope = cgroup.replace(/\.scope\/.*/, '.scope');
  const out = await node.guest.run(
    `for name in ${names.join(' ')}; do echo "$(cat ${scope}/$name):$(cat ${cgroup}/$name)"; done`,
  );
  const amount = (value = ''): number => (value.startsWith('max') ? Infinity : Number.parseInt(value, 10));
  const lowest = out
    .trim()
    .split('\n')
    .map((line) => line.split(':').reduce((one, other) => (amount(other) < amount(one) ? other : one)));
  return Object.fromEntries(names.map((name, at) => [name, lowest[at] ?? '']));
}

/** Stops and removes every pod of the node. */
export async function removePods(node: SlipwayNode): Promise<void> {
  const { items } = await node.cri.listPodSandbox();
  for (const { id: podSandboxId } of items) {
    await node.cri.stopPodSandbox({ podSandboxId });
    await node.cri.removePodSandbox({ podSandboxId });
  }
}
