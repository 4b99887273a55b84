import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../support/until.js';
import { type ContainerReport, Kubelet } from './kubelet.js';
import { leftovers } from './pods.js';
import { removePods } from './scenario-pods.js';
import type { Driver, SlipwayNode } from './slipway-node.js';

/** A path of a kubelet's binary on this machine, by `--kubelet PATH` of scripts/test-node.mjs. */
const binary = process.env['SLIPWAY_LANE_KUBELET'];

/** Why there is none to be run; false where there is. */
export const kubeletSkip = binary === undefined && 'no kubelet was given: scripts/test-node.mjs --kubelet PATH';

const hooksDirectory = '/var/tmp/hooks';
const shell = (script: string) => ['sh', '-c', script];

/** A pod with what kubelets ask a runtime for: probes, limits, hooks. */
const steady = (image: string) => ({
  terminationGracePeriodSeconds: 60,
  volumes: [
    { name: 'hooks', hostPath: { path: hooksDirectory, type: 'DirectoryOrCreate' } },
    { name: 'scratch', emptyDir: { medium: 'Memory' } },
  ],
  containers: [
    {
      name: 'probed',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: shell('trap "echo term >> /hooks/order; exit 0" TERM; touch /tmp/healthy; while :; do sleep 0.2; done'),
      resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
      volumeMounts: [
        { name: 'hooks', mountPath: '/hooks' },
        { name: 'scratch', mountPath: '/scratch' },
      ],
      readinessProbe: { exec: { command: ['cat', '/tmp/healthy'] }, periodSeconds: 2, timeoutSeconds: 20 },
      livenessProbe: { exec: { command: ['true'] }, periodSeconds: 5, timeoutSeconds: 60, failureThreshold: 10 },
      lifecycle: {
        postStart: { exec: { command: shell('echo post-start >> /hooks/order') } },
        preStop: { exec: { command: shell('echo pre-stop >> /hooks/order') } },
      },
    },
    {
      name: 'web',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: shell('mkdir /tmp/www && echo well > /tmp/www/health && exec httpd -f -p 8080 -h /tmp/www'),
      readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 2, timeoutSeconds: 20 },
    },
  ],
});

/** A container that is healthy for a while and says why it ended. */
const failing = (image: string) => ({
  terminationGracePeriodSeconds: 30,
  containers: [
    {
      name: 'unwell',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: shell('trap "echo was unwell > /dev/termination-log; exit 3" TERM; while :; do sleep 0.2; done'),
      livenessProbe: { exec: { command: ['false'] }, periodSeconds: 5, timeoutSeconds: 20, failureThreshold: 1 },
    },
  ],
});

const partingGraceS = 20;

/** A pod to be deleted: a container that takes its time to end when it is asked to, and one that does not end. */
const parting = (image: string) => ({
  terminationGracePeriodSeconds: partingGraceS,
  volumes: [{ name: 'hooks', hostPath: { path: hooksDirectory, type: 'DirectoryOrCreate' } }],
  containers: [
    {
      name: 'patient',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: shell(
        'trap "echo term >> /hooks/parting; sleep 5; echo ended >> /hooks/parting; exit 0" TERM; while :; do sleep 0.2; done',
      ),
      volumeMounts: [{ name: 'hooks', mountPath: '/hooks' }],
      lifecycle: { preStop: { exec: { command: shell('echo pre-stop >> /hooks/parting') } } },
    },
    {
      name: 'stubborn',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: shell('trap "date +%s > /hooks/asked" TERM; while :; do date +%s >> /hooks/alive; sleep 1; done'),
      volumeMounts: [{ name: 'hooks', mountPath: '/hooks' }],
    },
  ],
});

const bothReady = (containers: Map<string, ContainerReport>): boolean =>
  containers.size === 2 && [...containers.values()].every(({ ready }) => ready);
const idOf = (container: ContainerReport | undefined): string =>
  container?.containerID?.replace('slipway://', '') ?? '';

/** A kubelet on the node: what it asks for is done, and its pods outlive what an administrator does to the node. */
export function kubeletScenarios(node: () => SlipwayNode, driver: Driver): void {
  describe(`a kubelet, with the ${driver} driver`, { skip: kubeletSkip }, () => {
    let kubelet: Kubelet;
    let running = new Map<string, ContainerReport>();
    before(async () => {
      await node().startWith(driver);
      kubelet = await Kubelet.install(node(), binary ?? '');
      await kubelet.create('steady', steady(node().image));
    });
    after(async () => {
      await kubelet?.remove();
      await removePods(node());
    });

    /** The containers that the kubelet reports are those of before, started as often as before. */
    async function sameContainers(): Promise<void> {
      const now = await kubelet.until('steady', 'ready with both containers', bothReady);
      const identity = (containers: Map<string, ContainerReport>) =>
        new Map(
          [...containers].map(([name, { containerID, restartCount }]) => [name, `${containerID} ${restartCount}`]),
        );
      assert.deepEqual(identity(now), identity(running));
    }

    /** The first processes of its containers, by what their conmons noted. */
    const pids = () =>
      node().guest.run(
        [...running.values()]
          .map((container) => `cat /run/slipway/containers/${idOf(container)}/pidfile; echo`)
          .join('\n'),
      );

    test('a pod is ready by an exec probe and an http probe, and its postStart hook ran', async () => {
      running = await kubelet.until('steady', 'ready with both containers', bothReady);
      assert.equal(await node().guest.read(`${hooksDirectory}/order`), 'post-start');
    });

    test('its limits are in its cgroup, below the slices of the kubelet', async () => {
      const { info } = await node().cri.containerStatus({ containerId: idOf(running.get('probed')), verbose: true });
      const { pid } = JSON.parse(info['info'] ?? '{}') as { pid?: number };
      const cgroup = (await node().guest.read(`/proc/${pid}/cgroup`))?.replace(/^0::/, '') ?? '';
      assert.match(
        cgroup,
        driver === 'systemd' ? /^\/kubepods\.slice\/kubepods-burstable/ : /^\/kubepods\/burstable\//,
      );
      const file = (name: string) => node().guest.read(`/sys/fs/cgroup${cgroup}/${name}`);
      assert.equal(await file('memory.max'), String(64 * 2 ** 20));
      assert.equal(await file('cpu.max'), '50000 100000');
    });

    test('a failed liveness probe ends the container, and its termination message is reported', async () => {
      await kubelet.create('failing', failing(node().image));
      const containers = await kubelet.until(
        'failing',
        'started again',
        (found) => (found.get('unwell')?.restartCount ?? 0) > 0,
      );
      const { terminated } = containers.get('unwell')?.lastState ?? {};
      assert.deepEqual([terminated?.exitCode, terminated?.reason, terminated?.message], [3, 'Error', 'was unwell\n']);
      await kubelet.delete('failing');
      await kubelet.until('failing', 'deleted', (found) => found.size === 0);
    });

    test('a pod whose manifest is removed ends gracefully within its grace, and nothing of it is left', async () => {
      const { guest, cri } = node();
      await guest.run(`rm -f ${hooksDirectory}/{parting,asked,alive}`);
      await kubelet.create('parting', parting(node().image));
      const containers = await kubelet.until('parting', 'ready with both containers', bothReady);
      const sandboxes = async () => {
        const { items } = await cri.listPodSandbox({
          filter: { labelSelector: { 'io.kubernetes.pod.name': 'parting-node' } },
        });
        return items.map(({ id }) => id);
      };
      const ids = [...(await sandboxes()), ...[...containers.values()].map(idOf), 'uid_parting', 'uid-parting'];
      await kubelet.delete('parting');
      // The kubelet forgets the pod before it has ended, and removes sandboxes once a minute.
      await until('the deleted pod is removed', async () => (await sandboxes()).length === 0, 300_000, 2000);
      assert.equal(await guest.read(`${hooksDirectory}/parting`), 'pre-stop\nterm\nended');
      // Both times are of the guest's clock; a late tick of the container is no shorter grace.
      const asked = await guest.read(`${hooksDirectory}/asked`);
      const alive = (await guest.read(`${hooksDirectory}/alive`))?.split('\n').at(-1);
      assert.ok(Number(alive) - Number(asked) > partingGraceS / 2, `asked to end at ${asked}, alive at ${alive}`);
      const ofPod = async () => (await leftovers(node())).filter((line) => ids.some((id) => line.includes(id)));
      await until("the deleted pod's cgroup is removed", async () => (await ofPod()).length === 0, 120_000, 2000);
    });

    for (const [title, command] of [
      ['a restart of slipway.service', 'systemctl restart slipway'],
      ['`systemctl daemon-reload`', 'systemctl daemon-reload'],
      ['a restart of dbus', 'systemctl restart dbus'],
      ['a restart of the kubelet', 'systemctl restart kubelet'],
    ] as const) {
      test(`${title} leaves its containers running, and probes go on`, async () => {
        const before = await pids();
        await node().guest.run(command, 300_000);
        await node().ready();
        // A file that the readiness probe looks for: the kubelet sees by it that probes are run again.
        const exec = (...cmd: string[]) =>
          node().cri.execSync({ containerId: idOf(running.get('probed')), cmd, timeout: 60n });
        await exec('rm', '/tmp/healthy');
        await kubelet.until('steady', 'not ready', (found) => found.get('probed')?.ready === false);
        await exec('touch', '/tmp/healthy');
        await sameContainers();
        assert.equal(await pids(), before);
      });
    }

    test('after a reboot its pods run again, and nothing of those of before is left', async () => {
      const { items } = await node().cri.listPodSandbox({});
      const old = [...items.map(({ id }) => id), ...[...running.values()].map(idOf)];
      await node().reboot();
      const now = await kubelet.until(
        'steady',
        'ready with new containers',
        (found) =>
          bothReady(found) &&
          [...found].every(([name, { containerID }]) => containerID !== running.get(name)?.containerID),
        600_000,
      );
      const left = (await leftovers(node())).filter((line) => old.some((id) => line.includes(id)));
      assert.deepEqual(left, []);
      running = now;
    });
  });
}
