import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ContainerState, PodSandboxState, Signal } from '@slipway/cri';
import { leftovers, NodePod } from './pods.js';
import { removePods } from './scenario-pods.js';
import type { Driver, Handler, SlipwayNode } from './slipway-node.js';

/** The unit of systemd: started, restarted, killed and stopped over running containers. */
export function unitScenarios(node: () => SlipwayNode, driver: Driver, handlers: readonly Handler[]): void {
  describe(`the unit, with containers of the ${driver} driver`, () => {
    const pods: { pod: NodePod; id: string; pid: number }[] = [];
    before(async () => {
      await node().startWith(driver);
      for (const handler of handlers) {
        const pod = await NodePod.run(node(), handler);
        const id = await pod.start('trap "exit 0" TERM; while :; do sleep 1; done');
        pods.push({ pod, id, pid: await pod.pid(id) });
      }
    });
    after(() => removePods(node()));

    /** They are the processes that they were, known as running, and commands run in them. */
    async function stillRun(): Promise<void> {
      for (const { pod, id, pid } of pods) {
        assert.equal((await pod.status(id)).state, ContainerState.CONTAINER_RUNNING);
        assert.equal(await pod.pid(id), pid);
        assert.equal(await pod.exec(id, 'echo', 'runs'), 'runs\n');
      }
    }

    test('is active when the CRI is served, and has what a runtime needs', async () => {
      const names = ['ActiveState', 'Delegate', 'KillMode', 'OOMScoreAdjust', 'TasksMax', 'LimitNOFILE', 'NRestarts'];
      const out = await node().guest.run(`systemctl show slipway -p ${names.join(',')}`);
      const lines = out.trim().split('\n');
      const found = Object.fromEntries(lines.map((line) => line.split('=') as [string, string]));
      assert.equal(found['ActiveState'], 'active');
      assert.equal(found['Delegate'], 'yes');
      assert.equal(found['KillMode'], 'process');
      assert.equal(found['OOMScoreAdjust'], '-999');
      assert.equal(found['TasksMax'], 'infinity');
      assert.equal(found['LimitNOFILE'], '1048576');
    });

    test('conmon and containers have cgroups outside of its own', async () => {
      const { guest } = node();
      const unit = (await guest.run('systemctl show slipway -P ControlGroup')).trim();
      const inside = await guest.run(
        `cd /sys/fs/cgroup${unit}; for pid in $(find . -name cgroup.procs -exec cat {} +); do cat /proc/$pid/comm; done`,
      );
      const strange = inside
        .trim()
        .split('\n')
        .filter((name) => !/^(node|nats-server|redis-server|MainThread|slipway)/.test(name));
      assert.deepEqual(strange, []);
    });

    if (driver === 'systemd') {
      test('systemd knows the stop signal of a container and the grace of its pod', async () => {
        for (const handler of handlers) {
          const pod = await NodePod.run(node(), handler, { linux: { securityContext: {} } });
          const id = await pod.start('exec sleep 100000', {
            annotations: { 'io.kubernetes.pod.terminationGracePeriod': '7' },
            stopSignal: Signal.SIGUSR1,
            linux: { securityContext: {} },
          });
          const names = ['TimeoutStopUSec', 'KillSignal', 'After'];
          const out = await node().guest.run(`systemctl show slipway-${id}.scope -p ${names.join(',')}`);
          const [, timeout] = /^TimeoutStopUSec=(.*)$/m.exec(out) ?? [];
          const [, signal] = /^KillSignal=(.*)$/m.exec(out) ?? [];
          assert.deepEqual([timeout, signal], ['7s', '10']);
          // The init of the pid namespace that the pod shares is to end after it.
          assert.match(out, new RegExp(`^After=.*slipway-${pod.id}\\.scope`, 'm'));
          await pod.remove();
        }
      });
    }

    test('`systemctl daemon-reload` does no harm to pods', async () => {
      await node().guest.run('systemctl daemon-reload');
      await stillRun();
    });

    test('a restart leaves containers running', async () => {
      await node().guest.run('systemctl restart slipway', 300_000);
      await node().ready();
      await stillRun();
    });

    test('a killed supervisor is started again over running containers', async () => {
      await node().guest.run('systemctl kill --signal=KILL --kill-whom=main slipway');
      await node().guest.run('until systemctl is-active slipway; do sleep 1; done', 300_000);
      await node().ready();
      await stillRun();
    });

    test('after a stop containers run on, and the next start finds them and what ended meanwhile', async () => {
      const { guest } = node();
      await guest.run('systemctl stop slipway', 120_000);
      for (const { pid } of pods) assert.ok(await guest.read(`/proc/${pid}/comm`), `process ${pid} has ended`);
      const [ended, ...others] = pods;
      if (!ended) throw new Error('no pod was started');
      await guest.run(`kill -KILL ${ended.pid}`);
      await guest.run('systemctl start slipway', 300_000);
      await node().ready();
      const status = await ended.pod.exited(ended.id);
      assert.equal(status.exitCode, 137);
      for (const { pod, id } of others) assert.equal((await pod.status(id)).state, ContainerState.CONTAINER_RUNNING);
    });

    test('a restart of dbus does no harm to pods', async () => {
      const handler = handlers[0] ?? 'runc';
      await node().guest.run('systemctl restart dbus');
      const pod = await NodePod.run(node(), handler);
      const id = await pod.start('exec sleep 100000');
      assert.equal(await pod.exec(id, 'echo', 'runs'), 'runs\n');
      await pod.remove();
    });

    test('nothing is left after the pods were removed, and a daemon-reload brings nothing back', async () => {
      await removePods(node());
      assert.deepEqual(await leftovers(node()), []);
      await node().guest.run('systemctl daemon-reload');
      assert.deepEqual(await leftovers(node()), []);
    });
  });
}

/** A reboot with pods that ran. */
export function rebootScenarios(node: () => SlipwayNode, handler: Handler): void {
  describe('a reboot', () => {
    let pod: NodePod;
    let id = '';
    before(async () => {
      pod = await NodePod.run(node(), handler);
      id = await pod.start('trap "exit 5" TERM; while :; do sleep 1; done');
      // systemd waits for its pod's grace and no longer.
      await pod.start('trap "" TERM; while :; do sleep 1; done', {
        annotations: { 'io.kubernetes.pod.terminationGracePeriod': '3' },
      });
      await node().reboot();
    });
    after(() => removePods(node()));

    test('starts the node by itself', async () => {
      assert.equal((await node().guest.run('systemctl is-active slipway')).trim(), 'active');
    });

    test('pods of before are not ready and their containers exited, with a reason', async () => {
      const { status } = await node().cri.podSandboxStatus({ podSandboxId: pod.id });
      assert.equal(status?.state, PodSandboxState.SANDBOX_NOTREADY);
      const container = await pod.status(id);
      assert.equal(container.state, ContainerState.CONTAINER_EXITED);
      assert.notEqual(container.reason, '');
      assert.notEqual(container.exitCode, 0);
    });

    test('images stay', async () => {
      const { images } = await node().cri.listImages();
      assert.ok(images.some(({ repoTags }) => repoTags.includes(node().image)));
    });

    test('new pods run', async () => {
      const fresh = await NodePod.run(node(), handler);
      const container = await fresh.start('exec sleep 100000');
      assert.equal(await fresh.exec(container, 'echo', 'runs'), 'runs\n');
      await fresh.remove();
    });

    test('nothing of the pods of before is left when they are removed', async () => {
      await removePods(node());
      assert.deepEqual(await leftovers(node()), []);
    });
  });
}
