import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ContainerState, PodSandboxState, Signal } from '@slipway/cri';
import { startNullRegistry, type NullRegistry } from '@slipway/null-registry';
import { type CriClient, criClient, nodeLeftovers, podLeftovers, startNode, type TestNode } from '@slipway/testbed';
import { cannotRun } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

void suite('a handler of kind null, and a null registry', { skip: cannotRun }, () => {
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
    const before = node.processes().find(({ name }) => name === 'executor.null-0');
    process.kill(before?.pid ?? 0, 'SIGKILL');
    await until('another executor', () =>
      node.processes().some(({ name, pid }) => name === 'executor.null-0' && pid !== before?.pid),
    );
    await node.ready();
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
    assert.match(execFileSync(slipway, ['executor', 'ls', '--json', '--config', config]).toString(), /it runs nothing/);
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
});
