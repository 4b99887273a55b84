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

        test('a container that may use no swap has none, also after a daemon-reload', async () => {
          const pod = await NodePod.run(node(), handler);
          const id = await pod.start('exec sleep 100000', limits());
          const scope = (await pod.cgroup(id)).replace(/\.scope\/.*/, '.scope');
          assert.equal(await node().guest.read(`${scope}/memory.swap.max`), '0');
          await node().guest.run('systemctl daemon-reload');
          assert.equal(await node().guest.read(`${scope}/memory.swap.max`), '0');
          await pod.remove();
        });

        test('the resources of a pod are those of its cgroup, and change in place', async () => {
          const pod = await NodePod.run(node(), handler, {
            linux: { resources: { memoryLimitInBytes: 128n * mb, cpuQuota: 50_000n, cpuPeriod: 100_000n } },
          });
          const { info } = await node().cri.podSandboxStatus({ podSandboxId: pod.id, verbose: true });
          const { cgroupParent } = JSON.parse(info['info'] ?? '{}') as { cgroupParent: string };
          const find = `find /sys/fs/cgroup -type d -name "$(basename ${cgroupParent})"`;
          const read = async () => await node().guest.run(`cd $(${find}) && cat memory.max cpu.max`);
          assert.equal(await read(), `${128n * mb}\n50000 100000\n`);
          await node().cri.updatePodSandboxResources({
            podSandboxId: pod.id,
            resources: { memoryLimitInBytes: 160n * mb, cpuQuota: 70_000n, cpuPeriod: 100_000n },
          });
          assert.equal(await read(), `${160n * mb}\n70000 100000\n`);
          await node().guest.run('systemctl daemon-reload');
          assert.equal(await read(), `${160n * mb}\n70000 100000\n`);
          await pod.remove();
        });
      });
    }
  });
}

function limits(unified: Record<string, string> = {}) {
  return { linux: { resources: { memoryLimitInBytes: 16n * mb, memorySwapLimitInBytes: 16n * mb, unified } } };
}
