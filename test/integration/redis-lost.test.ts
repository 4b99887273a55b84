import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ContainerState, PodSandboxState } from '@slipway/cri';
import { podLeftovers } from '@slipway/testbed';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { whileDown } from '../support/processes.js';
import { RestartScene } from '../support/restart-scene.js';
import { retried, until } from '../support/retry.js';

describe('Redis loses everything', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  let scene: RestartScene;
  before(async () => {
    lab = await openLab({ handlers: ['crun'], settings: { 'stage.stallMs': 2000, 'stage.beatMs': 200 } });
    scene = await RestartScene.open(lab);
  });
  after(async () => {
    try {
      await scene?.close();
    } finally {
      await lab?.close();
    }
  });

  /** Stops Redis, deletes its files, and lets it come back empty. */
  const lose = (meanwhile: () => Promise<void> = async () => undefined): Promise<void> =>
    whileDown(lab.node, ['redis'], 'SIGKILL', async () => {
      const directory = join(lab.node.root, 'redis');
      assert.ok(existsSync(directory));
      for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
      await meanwhile();
    });

  /** All that a client can list, as text that can be compared. */
  const listed = async () => {
    const { items } = await lab.cri.listPodSandbox({});
    const { containers } = await lab.cri.listContainers({});
    const { images } = await lab.cri.listImages({});
    const statuses = await Promise.all(containers.map(({ id }) => lab.cri.containerStatus({ containerId: id })));
    const byId = <T extends { id: string }>(list: T[]): T[] => list.toSorted((a, b) => a.id.localeCompare(b.id));
    return {
      pods: byId(items),
      containers: byId(containers),
      images: byId(images),
      statuses: byId(statuses.flatMap(({ status }) => status ?? [])),
    };
  };

  test('what was listed is listed again, in the state that it was in', async () => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node, { labels: { app: 'stopped' } }));
    const ended = await pod.start(shell(lab.image, 'echo out; exit 9'));
    await pod.exited(ended);
    await pod.create(shell(lab.image, 'true'));
    const before = await listed();
    await lose();
    await retried('ListPodSandbox', async () => assert.deepEqual(await listed(), before));
    await scene.expectSteady();
    assert.equal((await pod.status(ended)).exitCode, 9);

    await lab.cri.stopPodSandbox({ podSandboxId: pod.id });
    const { status } = await lab.cri.podSandboxStatus({ podSandboxId: pod.id });
    assert.equal(status?.state, PodSandboxState.SANDBOX_NOTREADY);
    await lose();
    const { status: again } = await retried('PodSandboxStatus', () =>
      lab.cri.podSandboxStatus({ podSandboxId: pod.id }),
    );
    assert.equal(again?.state, PodSandboxState.SANDBOX_NOTREADY);
    await scene.clean([pod], []);
  });

  test('Redis and the records on disk are lost: what runs is listed as it was, and what nobody can tell of is ended', async () => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node, { labels: { app: 'kept' } }));
    const ended = await pod.start(shell(lab.image, 'exit 9'));
    await pod.exited(ended);
    const unknown = await Pod.run(lab.cri, podConfig(lab.node));
    const running = await unknown.start(shell(lab.image, 'sleep 1000'));
    const strange = await pod.start(shell(lab.image, 'sleep 1000'));
    const isOther = ({ id, podSandboxId }: { id: string; podSandboxId?: string }): boolean =>
      ![unknown.id, running, strange].includes(id) && podSandboxId !== unknown.id;
    const others = async (): Promise<unknown> => {
      const { pods, containers, statuses } = await listed();
      return [pods.filter(isOther), containers.filter(isOther), statuses.filter(isOther)];
    };
    const before = (await others()) as [unknown[], unknown[], unknown[]];
    await lose(async () => {
      for (const kind of ['sandboxes', 'containers']) {
        const directory = join(lab.node.root, 'records', kind);
        for (const name of readdirSync(directory)) rmSync(join(directory, name));
      }
      for (const copy of [`sandboxes/${unknown.id}`, `containers/${running}`, `containers/${strange}`]) {
        truncateSync(join(lab.node.state, 'records', copy), 30);
      }
    });
    // The images' records are still there. The first answers are right, not those of some seconds later.
    const { items } = await retried('ListPodSandbox', () => lab.cri.listPodSandbox({}));
    assert.equal(items.length, before[0].length);
    await until('what nobody can tell of is ended', () => {
      const left = podLeftovers(lab.node).join(' ');
      return ![unknown.id, running, strange].some((id) => left.includes(id));
    });
    const after = (await others()) as [unknown[], unknown[], unknown[]];
    assert.deepEqual(after, before);
    await scene.expectSteady();
    assert.equal((await pod.status(ended)).exitCode, 9);
    await scene.clean([pod], []);
  });

  test('what was removed stays removed', async () => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    await pod.start(shell(lab.image, 'sleep 1000'));
    await pod.remove();
    await lose();
    const { items } = await retried('ListPodSandbox', () => lab.cri.listPodSandbox({}));
    assert.deepEqual(
      items.map(({ id }) => id),
      [scene.steady.id],
    );
    const { containers } = await lab.cri.listContainers({});
    assert.deepEqual(
      containers.map(({ id }) => id),
      [scene.ticker],
    );
    await scene.clean([], []);
  });

  test('an exit while Redis was away is noticed, and pods go on being made', async () => {
    const doomed = await scene.startDoomed();
    const pull = await scene.startPull();
    const young = [scene.youngPod()];
    const pods = Promise.all(young);
    pods.catch(() => undefined);
    setTimeout(() => {
      scene.proxy.bytesPerSecond = 0;
    }, 500);
    await lose(() => doomed.end());
    await until('the exit is known', async () => {
      const { state } = await retried('ContainerStatus', () => scene.steady.status(doomed.id));
      return state === ContainerState.CONTAINER_EXITED;
    });
    await scene.expectEnded(doomed);
    await scene.expectPulled(pull);
    await scene.expectListed(await pods, [doomed]);
    await scene.expectWorking();
    await scene.expectSteady();
    await scene.clean(await pods, [doomed]);
  });

  test('the same create of what exists answers that it exists', async () => {
    const config = podConfig(lab.node);
    const pod = await Pod.run(lab.cri, config);
    const container = shell(lab.image, 'sleep 1000');
    const id = await pod.start(container);
    await lose();
    await retried('Version', () => lab.cri.listPodSandbox({}));
    await assert.rejects(lab.cri.runPodSandbox({ config }), { code: 6, message: new RegExp(pod.id) });
    await assert.rejects(pod.create(container), { code: 6, message: new RegExp(id) });
    await scene.expectListed([pod], []);
    await scene.clean([pod], []);
  });

  /** The files that Redis appends to, the last first. */
  const appendOnly = (): string[] => {
    const directory = join(lab.node.root, 'redis/appendonlydir');
    const names = readdirSync(directory).filter((name) => name.endsWith('.incr.aof'));
    return names
      .toSorted()
      .toReversed()
      .map((name) => join(directory, name));
  };

  /** Kills Redis, and takes from its file what `work` had it append: a slow disk had not written it yet. */
  const unwritten = async <T>(work: () => Promise<T>): Promise<T> => {
    const [file = ''] = appendOnly();
    const { size } = statSync(file);
    const result = await work();
    await whileDown(lab.node, ['redis'], 'SIGKILL', async () => truncateSync(file, size));
    return result;
  };

  test('what Redis had not written when it was killed is known all the same', async () => {
    const removed = await Pod.run(lab.cri, podConfig(lab.node));
    const [pod, id] = await unwritten(async () => {
      await removed.remove();
      const made = await Pod.run(lab.cri, podConfig(lab.node));
      return [made, await made.start(shell(lab.image, 'sleep 1000'))] as const;
    });
    const { containers } = await retried('ListContainers', () => lab.cri.listContainers({}));
    const mine = containers.filter((one) => one.podSandboxId === pod.id);
    assert.deepEqual(
      mine.map((one) => [one.id, one.state]),
      [[id, ContainerState.CONTAINER_RUNNING]],
    );
    await scene.expectListed([pod], []);
    // The kubelet's next try does not start a second copy.
    await assert.rejects(lab.cri.runPodSandbox({ config: pod.config }), { code: 6 });
    await scene.expectSteady();
    await scene.clean([pod], []);
  });

  test('nothing is lost when the whole node starts with an empty Redis', async () => {
    const before = await listed();
    await lab.node.shutDown();
    for (const name of readdirSync(join(lab.node.root, 'redis'))) {
      rmSync(join(lab.node.root, 'redis', name), { recursive: true });
    }
    await lab.node.start();
    await retried('ListPodSandbox', async () => assert.deepEqual(await listed(), before));
    await scene.expectSteady();
    await scene.expectWorking();
  });
});
