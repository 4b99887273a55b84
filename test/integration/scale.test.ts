import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleEvent } from '@slipway/contracts';
import { type Bus, connectBus } from '@slipway/stage';
import {
  buildBusyboxImage,
  type CriClient,
  criClient,
  type EventWatch,
  podLeftovers,
  watchEvents,
} from '@slipway/testbed';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { processesOf, whileDown } from '../support/processes.js';
import { RegistryProxy } from '../support/registry-proxy.js';
import { idOf, retried, until } from '../support/retry.js';

describe('two of every stage', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  /** A client of each gateway. */
  let clients: [CriClient, CriClient];
  let watch: EventWatch;
  let bus: Bus;
  const events: LifecycleEvent[] = [];

  before(async () => {
    lab = await openLab({
      handlers: ['crun'],
      scale: { gateway: 2, puller: 2, builder: 2, executor: 2 },
      settings: { 'stage.stallMs': 2000, 'stage.beatMs': 200 },
    });
    clients = [lab.cri, criClient(`${lab.node.socket}.1`)];
    watch = await watchEvents(lab.node);
    const nkeyFile = join(lab.node.state, 'keys/operator.nk');
    bus = await connectBus({ url: lab.node.natsUrl(), node: lab.node.settings.node, role: 'operator', nkeyFile });
    for (const kind of ['sandbox', 'container'])
      bus.subscribeEvents(kind, LifecycleEvent, (event) => events.push(event));
    await bus.connection.flush();
  });
  after(async () => {
    await watch?.close();
    await bus?.close();
    clients?.[1].close();
    await lab?.close();
  });

  const client = (at: number): CriClient => clients[at % 2] as CriClient;

  /** How often an object was told to have come into a phase. */
  const told = (id: string, phase: string): number =>
    events.filter((event) => event.id === id && event.phase === phase).length;

  const leases = (): string[] => {
    const directory = join(lab.node.settings.network.own.dataDir, lab.node.settings.network.own.name);
    return existsSync(directory) ? readdirSync(directory).filter((name) => /^[0-9.]+$/.test(name)) : [];
  };

  /** The layers' digests as the registry has them. */
  const layersOf = async (reference: string): Promise<string[]> => {
    const [, repository, tag] = /^[^/]+\/(.+):([^:]+)$/.exec(reference) ?? [];
    const answer = await fetch(`http://${lab.registry.host}/v2/${repository}/manifests/${tag}`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    return ((await answer.json()) as { layers: { digest: string }[] }).layers.map(({ digest }) => digest);
  };

  test('each gateway serves a socket of its own and knows the same', async () => {
    for (const socket of [lab.node.socket, `${lab.node.socket}.1`]) assert.equal(statSync(socket).mode & 0o777, 0o660);
    const pod = await Pod.run(client(0), podConfig(lab.node));
    assert.deepEqual(
      (await client(1).listPodSandbox({})).items.map(({ id }) => id),
      [pod.id],
    );
    await new Pod(client(1), pod.id, pod.config).remove();
    assert.deepEqual((await client(0).listPodSandbox({})).items, []);
  });

  test('an image that many clients pull at once is fetched once', async () => {
    const proxy = await RegistryProxy.start(lab.registry.host);
    try {
      const files = { noise: randomBytes(400_000).toString('base64') };
      const image = await buildBusyboxImage({ registry: lab.registry, repository: 'demo/many', files });
      const reference = proxy.through(image.reference);
      proxy.bytesPerSecond = 500_000;
      // With credentials of their own they are pulls of their own: none of them may join another by its name.
      const pulls = Array.from({ length: 12 }, (_, at) =>
        client(at).pullImage({
          image: { image: at % 3 === 0 ? `${reference.replace(/:[^:]+$/, '')}@${image.digest}` : reference },
          auth: at % 4 < 2 ? undefined : { username: `user-${at}`, password: 'x' },
        }),
      );
      for (const { imageRef } of await Promise.all(pulls)) assert.equal(imageRef, image.id);
      const layers = await layersOf(image.reference);
      assert.equal(layers.length, 3);
      // The two below the noise are those of the image that the node has already.
      assert.deepEqual(
        layers.map((digest) => proxy.fetches.filter((fetch) => fetch.digest === digest).length),
        [0, 0, 1],
      );
      const { images } = await client(1).listImages({});
      assert.equal(images.filter(({ id }) => id === image.id).length, 1);
      await client(0).removeImage({ image: { image: image.id } });
    } finally {
      await proxy.stop();
    }
  });

  test('ten pods at once come up, are told of once, and go', async () => {
    watch.spans.length = 0;
    const pods = await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const pod = await Pod.run(client(at), podConfig(lab.node));
        // Each step through the other gateway.
        const other = new Pod(client(at + 1), pod.id, pod.config);
        return { pod, id: await other.start(shell(lab.image, 'echo up; sleep 0.5; exit 5')) };
      }),
    );
    const addresses = await Promise.all(
      pods.map(async ({ pod }, at) => {
        const { status } = await client(at).podSandboxStatus({ podSandboxId: pod.id });
        return status?.network?.ip ?? '';
      }),
    );
    assert.equal(new Set(addresses).size, 10);
    assert.deepEqual(leases().toSorted(), addresses.toSorted());
    for (const one of clients) {
      const { items } = await one.listPodSandbox({});
      assert.deepEqual(items.map(({ id }) => id).toSorted(), pods.map(({ pod }) => pod.id).toSorted());
      assert.equal((await one.listContainers({})).containers.length, 10);
    }
    for (const { pod, id } of pods) {
      assert.equal((await pod.exited(id)).exitCode, 5);
      assert.deepEqual(
        (await pod.log(id)).map(({ text }) => text),
        ['up'],
      );
    }
    // Both executors see every exit; a second notice would follow at once.
    await sleep(300);
    for (const { pod, id } of pods) {
      assert.equal(told(pod.id, 'READY'), 1);
      for (const phase of ['CREATED', 'RUNNING', 'EXITED']) assert.equal(told(id, phase), 1, phase);
    }
    for (const stage of ['builder', 'executor']) {
      const instances = new Set(watch.spans.filter((span) => span.stage === stage).map((span) => span.instance));
      assert.equal(instances.size, 2, `${stage}: both have worked`);
    }
    // Both gateways are asked to remove each of them.
    await Promise.all(pods.flatMap(({ pod }) => clients.map((one) => new Pod(one, pod.id, pod.config).remove())));
    assert.deepEqual(leases(), []);
    assert.deepEqual(podLeftovers(lab.node), []);
  });

  test('the same requests to both gateways at once make one pod with one container', async () => {
    const config = podConfig(lab.node);
    const ids = await Promise.all(Array.from({ length: 6 }, (_, at) => idOf(client(at).runPodSandbox({ config }))));
    assert.equal(new Set(ids).size, 1);
    const pod = new Pod(client(0), ids[0] as string, config);
    assert.deepEqual(
      (await client(1).listPodSandbox({})).items.map(({ id }) => id),
      [pod.id],
    );
    assert.equal(leases().length, 1);

    // A signal that comes twice would be told twice.
    const script = "trap 'echo term; sleep 0.3; exit 4' TERM; echo up; while true; do sleep 0.05; done";
    const request = { podSandboxId: pod.id, config: shell(lab.image, script), sandboxConfig: config };
    const made = await Promise.all(Array.from({ length: 6 }, (_, at) => idOf(client(at).createContainer(request))));
    assert.equal(new Set(made).size, 1);
    const containerId = made[0] as string;
    await Promise.all(Array.from({ length: 6 }, (_, at) => client(at).startContainer({ containerId })));
    await until('it is up', async () => (await pod.log(containerId)).length > 0);
    await Promise.all(Array.from({ length: 6 }, (_, at) => client(at).stopContainer({ containerId, timeout: 10n })));
    assert.equal((await pod.status(containerId)).exitCode, 4);
    assert.deepEqual(
      (await pod.log(containerId)).map(({ text }) => text),
      ['up', 'term'],
    );
    await sleep(100);
    for (const phase of ['CREATED', 'RUNNING', 'EXITED']) assert.equal(told(containerId, phase), 1, phase);
    await Promise.all(Array.from({ length: 4 }, (_, at) => client(at).removeContainer({ containerId })));
    await pod.remove();
    assert.deepEqual(podLeftovers(lab.node), []);
  });

  test('the other one of each stage goes on when one is killed', async () => {
    const pod = await Pod.run(client(1), podConfig(lab.node));
    const victims = ['puller', 'builder', 'executor.crun', 'gateway'].map((name) => `${name}-0`);
    for (const name of victims) assert.equal(processesOf(lab.node, name).length, 1);
    await whileDown(lab.node, victims, 'SIGKILL', async () => {
      const other = new Pod(client(1), pod.id, pod.config);
      const id = await retried('CreateContainer', () => other.start(shell(lab.image, 'exit 6')));
      assert.equal((await other.exited(id)).exitCode, 6);
      const { imageRef } = await client(1).pullImage({ image: { image: lab.image } });
      assert.match(imageRef, /^sha256:/);
    });
    await new Pod(client(1), pod.id, pod.config).remove();
    await retried('Version', () => client(0).version());
  });
});
