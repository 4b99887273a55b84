import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import { leftovers, NodePod } from './pods.js';
import { removePods } from './scenario-pods.js';
import type { Driver, Handler, SlipwayNode } from './slipway-node.js';

const mb = 1024n * 1024n;
/** systemd removes the scope of a killed container in parallel: once right is no proof. */
const oomKills = 6;
/** As a probe with periodSeconds 1 does in half a minute. */
const probes = 30;

/** What goes wrong now and then, many times over. */
export function loadScenarios(node: () => SlipwayNode, driver: Driver, handlers: readonly Handler[]): void {
  describe(`many times with the ${driver} driver`, () => {
    before(() => node().startWith(driver));

    for (const handler of handlers) {
      describe(handler, () => {
        afterEach(() => removePods(node()));

        test(`each of ${oomKills} containers that exceed their memory is OOMKilled`, async () => {
          const pod = await NodePod.run(node(), handler);
          const reasons: string[] = [];
          for (let times = 0; times < oomKills; times++)
            reasons.push((await pod.exited(await pod.start('exec tail /dev/zero', limits()))).reason);
          assert.deepEqual(reasons, Array(oomKills).fill('OOMKilled'));
          await pod.remove();
        });

        test('with memory.oom.group the whole container is killed for its child, and is OOMKilled', async () => {
          const pod = await NodePod.run(node(), handler);
          const reasons: string[] = [];
          for (let times = 0; times < oomKills; times++) {
            const id = await pod.start('tail /dev/zero & wait; sleep 100000', limits({ 'memory.oom.group': '1' }));
            const { reason, exitCode } = await pod.exited(id);
            reasons.push(`${reason} ${exitCode}`);
          }
          assert.deepEqual(reasons, Array(oomKills).fill('OOMKilled 137'));
          await pod.remove();
        });

        test('a container whose child alone was killed for memory is OOMKilled when it ends of that', async () => {
          const pod = await NodePod.run(node(), handler);
          const reasons: string[] = [];
          for (let times = 0; times < oomKills; times++)
            reasons.push((await pod.exited(await pod.start('tail /dev/zero; exit 9', limits()))).reason);
          assert.deepEqual(reasons, Array(oomKills).fill('OOMKilled'));
          await pod.remove();
        });

        test(`${probes} exec probes succeed and leave no cgroup`, async () => {
          const pod = await NodePod.run(node(), handler);
          const id = await pod.start('exec sleep 100000');
          const cgroups = async () => await node().guest.run(`find "${await pod.cgroup(id)}/.." -type d | wc -l`);
          await pod.exec(id, 'true');
          const before = await cgroups();
          for (let times = 0; times < probes; times++) assert.equal(await pod.exec(id, 'echo', 'ok'), 'ok\n');
          assert.equal(await cgroups(), before);
          await pod.remove();
          assert.deepEqual(await leftovers(node()), []);
        });

        test('swap is limited to what is left of the limit on both, also after an update and a daemon-reload', async () => {
          const pod = await NodePod.run(node(), handler);
          const none = await pod.start('exec sleep 100000', limits());
          const some = await pod.start('exec sleep 100000', {
            linux: { resources: { memoryLimitInBytes: 16n * mb, memorySwapLimitInBytes: 24n * mb } },
          });
          const swapOf = async (id: string) => {
            const cgroup = await pod.cgroup(id);
            const scope = cgroup.replace(/\.scope\/.*/, '.scope');
            return [
              await node().guest.read(`${scope}/memory.swap.max`),
              await node().guest.read(`${cgroup}/memory.swap.max`),
            ];
          };
          const set = (bytes: bigint) => [String(bytes), String(bytes)];
          const reload = () => node().guest.run('systemctl daemon-reload');
          assert.deepEqual([await swapOf(none), await swapOf(some)], [set(0n), set(8n * mb)]);
          await reload();
          assert.deepEqual([await swapOf(none), await swapOf(some)], [set(0n), set(8n * mb)]);
          // The limit on memory is the one of before.
          await node().cri.updateContainerResources({ containerId: some, linux: { memorySwapLimitInBytes: 20n * mb } });
          await reload();
          assert.deepEqual(await swapOf(some), set(4n * mb));
          await pod.remove();
        });

        test('a change of the resources of a pod limits its cgroup, also after a daemon-reload', async () => {
          const pod = await NodePod.run(node(), handler);
          await pod.start('exec sleep 100000');
          const { info } = await node().cri.podSandboxStatus({ podSandboxId: pod.id, verbose: true });
          const { cgroupParent } = JSON.parse(info['info'] ?? '{}') as { cgroupParent: string };
          const find = `find /sys/fs/cgroup -type d -name "$(basename ${cgroupParent})"`;
          const becomes = async (memory: bigint, quota: string) => {
            const expected = `${memory * mb}\n${quota} 100000\n`;
            let found = '';
            for (let tries = 0; tries < 20 && found !== expected; tries++)
              found = await node().guest.run(`sleep 0.2; cd $(${find}) && cat memory.max cpu.max`);
            assert.equal(found, expected);
          };
          for (const [memory, cpuQuota] of [
            [128n, 50_000n],
            [160n, 70_000n],
          ] as const) {
            await node().cri.updatePodSandboxResources({
              podSandboxId: pod.id,
              resources: { memoryLimitInBytes: memory * mb, cpuQuota, cpuPeriod: 100_000n },
            });
            await becomes(memory, String(cpuQuota));
          }
          await node().guest.run('systemctl daemon-reload');
          await becomes(160n, '70000');
          await pod.remove();
          assert.deepEqual(await leftovers(node()), []);
        });
      });
    }
  });
}

function limits(unified: Record<string, string> = {}) {
  return { linux: { resources: { memoryLimitInBytes: 16n * mb, memorySwapLimitInBytes: 16n * mb, unified } } };
}
