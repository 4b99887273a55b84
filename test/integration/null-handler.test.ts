import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ContainerState, PodSandboxState, Signal } from '@slipway/cri';
import { startNullRegistry, type NullRegistry } from '@slipway/null-registry';
import { connectRecords } from '@slipway/records';
import { type CriClient, criClient, nodeLeftovers, podLeftovers, startNode, type TestNode } from '@slipway/testbed';
import { cannotRun, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { replaced, signalProcess } from '../support/processes.js';
import { operatorRedis } from '../support/records.js';

const none = (): void => undefined;
const silent = { debug: none, info: none, warn: none, error: none } as never;

void suite('a handler of kind null, and a null registry', { skip: cannotRun, timeout: suiteMs }, () => {
  let node: TestNode;
  let cri: CriClient;
  let registry: NullRegistry;
  let image: string;
  before(async () => {
    registry = await startNullRegistry();
    image = `${registry.host}/null/3x16:one`;
    const settings = { 'runtime.defaultHandler': 'null', 'runtime.nullByDefault': true };
    node = await startNode({ handlers: ['null'], settings });
    cri = criClient(node.socket);
    await cri.pullImage({ image: { image } });
  });
  after(async () => {
    cri.close();
    await node.stop();
    await registry.stop();
    assert.deepEqual(nodeLeftovers(node.place), []);
  });
  afterEach(() => assert.deepEqual(podLeftovers(node), []));

  test('a container moves through its life with nothing running', async () => {
    const pod = await Pod.run(cri, podConfig(node));
    const { status } = await cri.podSandboxStatus({ podSandboxId: pod.id });
    assert.equal(status?.state, PodSandboxState.SANDBOX_READY);
    assert.match(status?.network?.ip ?? '', /^198\.1[89]\./, 'an address that is nobody’s');
    const id = await pod.create(shell(image, 'exit 5', { stopSignal: Signal.SIGQUIT }));
    assert.equal((await pod.status(id)).state, ContainerState.CONTAINER_CREATED);
    await cri.startContainer({ containerId: id });
    const running = await pod.status(id);
    assert.equal(running.state, ContainerState.CONTAINER_RUNNING);
    assert.ok(existsSync(running.logPath), 'the log file is there when the start answers');
    await assert.rejects(
      cri.execSync({ containerId: id, cmd: ['true'] }),
      /UNIMPLEMENTED: .*a handler of kind null has no process and cannot run commands/,
    );
    await cri.stopContainer({ containerId: id, timeout: 10n });
    const ended = await pod.status(id);
    assert.equal(ended.state, ContainerState.CONTAINER_EXITED);
    assert.equal(ended.exitCode, 131, '128 and SIGQUIT, which ended it');
    assert.ok(ended.finishedAt >= ended.startedAt && ended.startedAt >= ended.createdAt);
    await pod.remove();
    assert.deepEqual((await cri.listContainers({})).containers, []);
  });

  test('its executor can be killed at any time: nothing is lost', async () => {
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'sleep 1000'));
    await replaced(node, [signalProcess(node, 'executor.null-0', 'SIGKILL')]);
    assert.equal((await pod.status(id)).state, ContainerState.CONTAINER_RUNNING);
    await cri.stopContainer({ containerId: id, timeout: 0n });
    assert.equal((await pod.status(id)).exitCode, 137);
    await pod.remove();
  });

  test('nobody can take it for a runtime: Status says what it is', async () => {
    const { status, runtimeHandlers, info } = await cri.status({ verbose: true });
    const condition = status?.conditions.find(({ type }) => type === 'HandlersRunContainers');
    assert.equal(condition?.status, false);
    assert.match(condition?.message ?? '', /null: of kind null/);
    assert.deepEqual(
      status?.conditions.filter((one) => one.status).map((one) => one.type),
      ['RuntimeReady', 'NetworkReady'],
    );
    assert.deepEqual(
      runtimeHandlers.map(({ name }) => name),
      ['', 'null'],
    );
    const [handler] = JSON.parse(info['handlers'] ?? '[]') as { kind: string; path: string }[];
    assert.deepEqual([handler?.kind, handler?.path], ['null', '']);
    const slipway = fileURLToPath(new URL('../../../packages/cli/bin/slipway', import.meta.url));
    const config = join(node.place.directory, 'config.toml');
    assert.match(
      execFileSync(slipway, ['executors', 'ls', '--json', '--config', config]).toString(),
      /it runs nothing/,
    );
  });

  test('an image of the null registry is one like any other', async () => {
    const { images } = await cri.listImages({});
    assert.deepEqual(
      images.map(({ repoTags, size }) => [repoTags, size > 3n * 16n * 1024n]),
      [[[image], true]],
    );
    const again = registry.counts().bytes;
    await cri.pullImage({ image: { image: image.replace(':one', ':two') } });
    assert.ok(registry.counts().bytes > again + 3 * 16 * 1024, 'another tag is another image');
  });

  test('a thousand containers fit the messages of every list, on gRPC and on NATS', async () => {
    const words = {
      labels: { app: 'shop', tier: 'front' },
      annotations: { 'kubernetes.io/config.seen': 'x'.repeat(500) },
    };
    const pod = await Pod.run(cri, podConfig(node, words));
    const id = await pod.start(shell(image, 'sleep 1000', words));
    const records = await connectRecords({
      ...operatorRedis(node),
      node: node.settings.node,
      root: join(node.place.directory, 'mirror'),
      log: silent,
    });
    const [sandbox, container] = [await records.sandboxes.get(pod.id), await records.containers.get(id)];
    assert.ok(sandbox && container);
    const fresh = (): string => randomBytes(32).toString('hex');
    const sandboxes = Array.from({ length: 20 }, () => ({ ...sandbox, id: fresh() }));
    const containers = Array.from({ length: 1000 }, (_, at) => {
      return { ...container, id: fresh(), sandboxId: sandboxes[at % 20]?.id ?? '' };
    });
    try {
      await Promise.all(sandboxes.map((record) => records.sandboxes.put(record.id, record)));
      await Promise.all(containers.map((record) => records.containers.put(record.id, record)));
      const [pods, all] = [await cri.listPodSandbox({}), await cri.listContainers({})];
      assert.deepEqual([pods.items.length, all.containers.length], [21, 1001]);
      assert.deepEqual(await cri.listContainers({ filter: {} }), all, 'the same answer again, kept');
      // The executor is asked for all of them by one message.
      assert.equal((await cri.listContainerStats({})).stats.length, 1001);
      const stats = (await cri.listPodSandboxStats({})).stats;
      assert.equal(stats.flatMap(({ linux }) => linux?.containers ?? []).length, 1001);
      assert.equal((await cri.listPodSandboxMetrics({})).podMetrics.length, 21);
      const streamed = [
        (await cri.streamContainers()).flatMap((message) => message.containers),
        (await cri.streamContainerStats()).flatMap((message) => message.containerStats),
      ];
      for (const items of streamed) assert.equal(items.length, 1001);
      await pod.remove();
      const left = await cri.listContainers({});
      assert.equal(left.containers.length, 1000, 'a kept answer does not outlive what it tells');
    } finally {
      // The records are all that there is of the others.
      const gone = [
        ...containers.map(({ id: container }) => records.containers.delete(container)),
        ...sandboxes.map(({ id: other }) => records.sandboxes.delete(other)),
      ];
      await Promise.all(gone);
      await records.close();
    }
  });
});
