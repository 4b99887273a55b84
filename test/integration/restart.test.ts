import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerState } from '@slipway/cri';
import { criClient, statusName } from '@slipway/testbed';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { podConfig, shell } from '../support/pod.js';
import { isRunning, processesOf, replaced, type Running, whileDown } from '../support/processes.js';
import { retried, until } from '../support/retry.js';
import { type Doomed, RestartScene } from '../support/restart-scene.js';

describe('a process of the node ends', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  let scene: RestartScene;
  before(async () => {
    lab = await openLab({
      handlers: ['crun'],
      settings: { 'stage.stallMs': 2000, 'stage.beatMs': 200, 'up.hungMs': 6000 },
    });
    scene = await RestartScene.open(lab);
  });
  after(async () => {
    try {
      await scene?.close();
    } finally {
      await lab?.close();
    }
  });

  // What a test that failed left must not fail the next one.
  beforeEach(() => scene.reset());

  /** What a client sees while a process is away, besides the container that ends meanwhile. */
  const meanwhile: Record<string, (doomed: Doomed) => Promise<void>> = {
    puller: async () => {
      await expectNotReady('no puller answers');
      await expectUnavailable('puller', lab.cri.pullImage({ image: { image: lab.image } }));
      assert.equal(
        (await lab.cri.listImages({})).images.some(({ repoTags }) => repoTags.includes(lab.image)),
        true,
      );
    },
    builder: async () => {
      await expectNotReady('no builder answers');
      await expectUnavailable('builder', scene.steady.create(shell(lab.image, 'true')));
    },
    executor: async ({ id }) => {
      await expectNotReady('no executor of the handler');
      await expectUnavailable('executor', lab.cri.runPodSandbox({ config: podConfig(lab.node) }));
      // Records tell what is known: the exit is not, as nobody was there to see it.
      assert.equal((await scene.steady.status(id)).state, ContainerState.CONTAINER_RUNNING);
    },
  };

  const expectNotReady = async (reason: string): Promise<void> => {
    await until(`RuntimeReady is false: ${reason}`, async () => {
      const { status } = await lab.cri.status({});
      const condition = status?.conditions.find(({ type }) => type === 'RuntimeReady');
      return condition?.status === false && condition.message.includes(reason);
    });
  };

  const expectUnavailable = async (stage: string, call: Promise<unknown>): Promise<void> => {
    await assert.rejects(call, (error: Error) => {
      assert.equal(statusName(error), 'UNAVAILABLE', error.message);
      assert.ok(error.message.includes(stage), error.message);
      return true;
    });
  };

  /** The scene around one loss: `lose` takes something away, calls back, and brings it again. */
  const survive = async (lose: (meantime: () => Promise<void>) => Promise<void>, name: string): Promise<void> => {
    const doomed = await scene.startDoomed();
    const pull = await scene.startPull();
    // One is in the middle of RunPodSandbox, the other beyond it.
    const young = [scene.youngPod()];
    await sleep(60);
    young.push(scene.youngPod());
    const pods = Promise.all(young);
    pods.catch(() => undefined);
    await sleep(10);
    setTimeout(() => {
      scene.proxy.bytesPerSecond = 0;
    }, 700);
    try {
      await lose(async () => {
        await doomed.end();
        await meanwhile[name]?.(doomed);
      });
    } finally {
      // What is still being made must not appear in the next test.
      await Promise.allSettled(young);
    }
    // The client's own connection comes back a moment after its server.
    await retried('Version', () => lab.cri.version());
    await scene.expectEnded(doomed);
    await scene.expectWorking();
    await scene.expectListed(await pods, [doomed]);
    await scene.expectPulled(pull);
    await scene.expectSteady();
    await scene.clean(await pods, [doomed]);
  };

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    for (const name of ['puller', 'builder', 'executor', 'gateway', 'redis', 'nats']) {
      test(`${name} gets ${signal}`, async () => {
        const processes = name === 'executor' ? ['executor.crun'] : [name];
        await survive((meantime) => whileDown(lab.node, processes, signal, meantime), name);
      });
    }

    test(`slipway up gets ${signal}`, async () => {
      await survive(async (meantime) => {
        await lab.node.shutDown(signal);
        await meantime();
        await lab.node.start();
      }, 'supervisor');
    });
  }

  test('a client that connects while no gateway runs waits for the next one', async () => {
    const clients: ReturnType<typeof criClient>[] = [];
    const answers = await whileDown(lab.node, ['gateway'], 'SIGKILL', async () => {
      const cadvisor = connect(join(lab.node.state, 'cadvisor.sock'));
      await once(cadvisor, 'connect');
      cadvisor.destroy();
      return Array.from({ length: 5 }, () => {
        const client = criClient(lab.node.socket);
        clients.push(client);
        // Not repeated: one that is refused fails here.
        return client.version();
      });
    });
    for (const answer of answers) assert.equal((await answer).runtimeName, 'slipway');
    for (const client of clients) client.close();
    await retried('Version', () => lab.cri.version());
  });

  test('an executor and a gateway that were stopped are replaced, also after their supervisor was killed', async () => {
    const stop = async (name: string): Promise<number> => {
      const [{ pid }] = processesOf(lab.node, name) as [Running];
      process.kill(pid, 'SIGSTOP');
      return pid;
    };
    for (const name of ['executor.crun', 'gateway']) await replaced(lab.node, [await stop(name)]);
    await retried('Version', () => lab.cri.version());
    await scene.expectWorking();
    const gateway = await stop('gateway');
    await lab.node.shutDown('SIGKILL');
    await lab.node.start();
    assert.equal(isRunning(gateway), false);
    await retried('Version', () => lab.cri.version());
    await scene.expectWorking();
  });

  test("another program takes NATS' port while NATS is away", async () => {
    const { port } = new URL(lab.node.natsUrl());
    const other = createServer((client) => client.resume());
    try {
      await whileDown(lab.node, ['nats'], 'SIGKILL', async () => {
        other.listen(Number(port), '127.0.0.1');
        await once(other, 'listening');
      });
      assert.notEqual(new URL(lab.node.natsUrl()).port, port);
      await retried('Version', () => lab.cri.version());
      await scene.expectWorking();
    } finally {
      other.close();
    }
  });

  test('all stages are killed at once', async () => {
    const stages = ['puller', 'builder', 'executor.crun', 'gateway'];
    await survive((meantime) => whileDown(lab.node, stages, 'SIGKILL', meantime), 'stages');
  });
});
