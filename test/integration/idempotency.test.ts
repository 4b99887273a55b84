import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { PodSandbox } from '@slipway/cri';
import { buildBusyboxImage } from '@slipway/testbed';
import { failureOf } from '../support/failure.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

const absent = 'f'.repeat(64);

describe('calls that come again', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    // Two of each, so that a repeated call can meet another instance.
    lab = await openLab({ handlers: ['crun'], scale: { puller: 2, builder: 2, executor: 2 } });
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  test('the same sandbox asked for at once is made once', async () => {
    const { cri, node } = lab;
    const config = podConfig(node);
    const answers = await Promise.allSettled([1, 2, 3].map(() => cri.runPodSandbox({ config })));
    const { items } = await cri.listPodSandbox();
    assert.equal(items.length, 1);
    agree(answers.map(idOrText), String(items[0]?.id));

    const again = await failureOf(cri.runPodSandbox({ config }));
    assert.equal(again.status, 'ALREADY_EXISTS');
    assert.ok(again.text.includes(String(items[0]?.id)), again.text);
    // Another attempt of the same pod is another sandbox.
    const next = { ...config, metadata: { ...config.metadata, attempt: 1 } };
    const { podSandboxId } = await cri.runPodSandbox({ config: next });
    assert.notEqual(podSandboxId, items[0]?.id);
  });

  test('the same container asked for at once is made once', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const config = shell(image, 'exec sleep 1000');
    const create = () => cri.createContainer({ podSandboxId: pod.id, config, sandboxConfig: pod.config });
    const answers = await Promise.allSettled([1, 2, 3].map(create));
    const { containers } = await cri.listContainers();
    assert.equal(containers.length, 1);
    const id = String(containers[0]?.id);
    agree(answers.map(idOrText), id);

    const again = await failureOf(create());
    assert.equal(again.status, 'ALREADY_EXISTS');
    assert.ok(again.text.includes(id), again.text);

    await Promise.all([1, 2, 3].map(() => cri.startContainer({ containerId: id })));
    await cri.startContainer({ containerId: id });
    assert.equal((await pod.exec(id, 'ps', '-o', 'args')).match(/sleep 1000/g)?.length, 1);
    await Promise.all([0n, 5n, 0n].map((timeout) => cri.stopContainer({ containerId: id, timeout })));
    await cri.stopContainer({ containerId: id, timeout: 5n });
    const afterwards = await failureOf(cri.startContainer({ containerId: id }));
    assert.equal(afterwards.status, 'FAILED_PRECONDITION');
    await Promise.all([1, 2, 3].map(() => cri.removeContainer({ containerId: id })));
    await cri.removeContainer({ containerId: id });
    assert.deepEqual((await cri.listContainers()).containers, []);
    // Its name is free again.
    assert.notEqual((await create()).containerId, id);
  });

  test('the same image asked for at once is one image', async () => {
    const { cri, registry } = lab;
    const files = { 'big.txt': 'x'.repeat(1 << 20) };
    const { reference, id } = await buildBusyboxImage({ registry, repository: 'test/at-once', files });
    const answers = await Promise.all([1, 2, 3, 4].map(() => cri.pullImage({ image: { image: reference } })));
    assert.deepEqual(new Set(answers.map(({ imageRef }) => imageRef)), new Set([id]));
    assert.equal((await cri.pullImage({ image: { image: reference } })).imageRef, id);
    const { images } = await cri.listImages();
    assert.equal(images.filter((image) => image.id === id).length, 1);
    await cri.removeImage({ image: { image: id } });
  });

  test('a sandbox whose caller left is handed to the one who asks again', async () => {
    const { cri, node } = lab;
    for (const timeoutMs of [1, 5, 10, 20, 40]) {
      const config = podConfig(node);
      const first = await cri.runPodSandbox({ config }, { timeoutMs }).then(
        ({ podSandboxId }) => podSandboxId,
        (error: { code: number }) => {
          assert.equal(error.code, 4, 'DEADLINE_EXCEEDED');
          return undefined;
        },
      );
      // One that was in time has its answer already.
      const podSandboxId = first ?? (await cri.runPodSandbox({ config })).podSandboxId;
      const { items } = await cri.listPodSandbox();
      const same = items.filter(({ metadata }) => metadata?.uid === config.metadata?.uid);
      assert.deepEqual(
        same.map(({ id }) => id),
        [podSandboxId],
        `one sandbox after a time-out of ${timeoutMs} ms`,
      );
    }
  });

  test('a container whose caller left is handed to the one who asks again', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const made: string[] = [];
    for (const timeoutMs of [1, 5, 10, 20, 40]) {
      const config = shell(image, 'exec sleep 1000');
      const request = { podSandboxId: pod.id, config, sandboxConfig: pod.config };
      const first = await cri.createContainer(request, { timeoutMs }).catch(() => undefined);
      const { containerId } = first ?? (await cri.createContainer(request));
      made.push(containerId);
    }
    const { containers } = await cri.listContainers();
    assert.deepEqual(new Set(containers.map(({ id }) => id)), new Set(made));
    const [one] = made;
    assert.ok(one);
    await cri.startContainer({ containerId: one }, { timeoutMs: 2 }).catch(() => undefined);
    await cri.startContainer({ containerId: one });
    assert.equal((await pod.exec(one, 'ps', '-o', 'args')).match(/sleep 1000/g)?.length, 1);
    await cri.stopContainer({ containerId: one, timeout: 1n }, { timeoutMs: 2 }).catch(() => undefined);
    await cri.stopContainer({ containerId: one, timeout: 1n });
    await cri.removeContainer({ containerId: one }, { timeoutMs: 2 }).catch(() => undefined);
    await cri.removeContainer({ containerId: one });
    await until('it is gone', async () => (await cri.listContainers()).containers.every(({ id }) => id !== one));
  });

  test('an answer that may cross its caller’s leaving is given once more', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const request = { podSandboxId: pod.id, config: shell(image, 'exec sleep 1000'), sandboxConfig: pod.config };
    // Whether it comes in time or not: it is too near to the deadline for the gateway to know who has it.
    const first = await cri.createContainer(request, { timeoutMs: 200 }).catch(() => undefined);
    const { containerId } = await cri.createContainer(request);
    assert.equal(containerId, first?.containerId ?? containerId);
    assert.equal((await failureOf(cri.createContainer(request))).status, 'ALREADY_EXISTS');
    assert.deepEqual(
      (await cri.listContainers()).containers.map(({ id }) => id),
      [containerId],
    );
  });

  test('a sandbox that nobody claims is listed, and can be removed', async () => {
    const { cri, node } = lab;
    const config = podConfig(node);
    const listed = async (): Promise<PodSandbox | undefined> =>
      (await cri.listPodSandbox()).items.find(({ metadata }) => metadata?.uid === config.metadata?.uid);
    let found: PodSandbox | undefined;
    // A call whose deadline passes before it has arrived begins nothing: a loaded machine needs a later one.
    for (let timeoutMs = 5; !found && timeoutMs < 100; timeoutMs *= 2) {
      await cri.runPodSandbox({ config }, { timeoutMs }).catch(() => undefined);
      found = await until('the sandbox is listed', listed, 5000).catch(() => undefined);
    }
    assert.ok(found, 'no sandbox is listed');
    await cri.stopPodSandbox({ podSandboxId: found.id });
    await cri.removePodSandbox({ podSandboxId: found.id });
    // What was removed is not handed out to a late retry.
    const { podSandboxId } = await cri.runPodSandbox({ config });
    assert.notEqual(podSandboxId, found.id);
  });

  test('sandboxes can be stopped and removed again and again', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'exec sleep 1000'));
    await Promise.all([1, 2, 3].map(() => cri.stopPodSandbox({ podSandboxId: pod.id })));
    await cri.stopPodSandbox({ podSandboxId: pod.id });
    assert.equal((await pod.status(id)).exitCode, 137);
    const late = { podSandboxId: pod.id, config: shell(image, 'true'), sandboxConfig: pod.config };
    assert.equal((await failureOf(cri.createContainer(late))).status, 'FAILED_PRECONDITION');
    await Promise.all([1, 2, 3].map(() => cri.removePodSandbox({ podSandboxId: pod.id })));
    await cri.removePodSandbox({ podSandboxId: pod.id });
    assert.deepEqual((await cri.listContainers()).containers, []);
  });

  test('removing a running pod at once takes all with it', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    await pod.start(shell(image, 'exec sleep 1000'));
    await pod.create(shell(image, 'exec sleep 1000'));
    await cri.removePodSandbox({ podSandboxId: pod.id });
    assert.deepEqual((await cri.listContainers()).containers, []);
  });

  test('what is not there: success where it is to go, NOT_FOUND where it is to be used', async () => {
    const { cri, image } = lab;
    await cri.stopPodSandbox({ podSandboxId: absent });
    await cri.removePodSandbox({ podSandboxId: absent });
    await cri.stopContainer({ containerId: absent, timeout: 1n });
    await cri.removeContainer({ containerId: absent });
    await cri.removeImage({ image: { image: '127.0.0.1:1/no/such:image' } });
    await cri.removeImage({ image: { image: `sha256:${absent}` } });
    assert.equal((await cri.imageStatus({ image: { image: '127.0.0.1:1/no/such:image' } })).image, undefined);
    assert.equal((await cri.imageStatus({ image: { image: absent } })).image, undefined);
    const calls: Record<string, Promise<unknown>> = {
      podSandboxStatus: cri.podSandboxStatus({ podSandboxId: absent }),
      containerStatus: cri.containerStatus({ containerId: absent }),
      startContainer: cri.startContainer({ containerId: absent }),
      execSync: cri.execSync({ containerId: absent, cmd: ['true'] }),
      reopenContainerLog: cri.reopenContainerLog({ containerId: absent }),
      createContainer: cri.createContainer({ podSandboxId: absent, config: shell(image, 'true') }),
    };
    for (const [name, call] of Object.entries(calls)) {
      const { status, text } = await failureOf(call);
      assert.equal(status, 'NOT_FOUND', `${name}: ${text}`);
      assert.ok(text.includes(absent), `${name} names it: ${text}`);
    }
  });
});

function idOrText(outcome: PromiseSettledResult<{ podSandboxId?: string; containerId?: string }>): string {
  if (outcome.status === 'fulfilled') return outcome.value.podSandboxId ?? outcome.value.containerId ?? '';
  return (outcome.reason as Error).message;
}

/** Every answer is the object, or says that the object exists; one at least is the object. */
function agree(answers: string[], id: string): void {
  assert.ok(answers.includes(id), answers.join('\n'));
  for (const answer of answers)
    assert.ok(answer === id || (answer.includes('ALREADY_EXISTS') && answer.includes(id)), answer);
}
