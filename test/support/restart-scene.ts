import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ContainerState, type ContainerStatus } from '@slipway/cri';
import { buildBusyboxImage, podLeftovers, type PushedImage } from '@slipway/testbed';
import { hostSwitch } from './host-switch.js';
import type { Lab } from './lab.js';
import { partialBytes } from './partials.js';
import { parseLog, Pod, podConfig, shell } from './pod.js';
import { nothingLeft } from './leftovers.js';
import { isRunning } from './processes.js';
import { RegistryProxy } from './registry-proxy.js';
import { idOf, retried, until } from './retry.js';

/** Milliseconds between the lines of the steady container. */
const tickMs = 50;

/** A pull under way, slowly. */
export interface SlowPull {
  readonly image: PushedImage;
  /** The answer of PullImage, asked for as often as a kubelet has to. */
  readonly answer: Promise<string>;
}

/** A container that ends with code 7 when it is told to. */
export interface Doomed {
  readonly id: string;
  /** Ends it; resolves when its init is gone from the host. */
  end(): Promise<void>;
}

/**
 * What goes on while processes of a node end: a pod that runs through it all and counts
 * in its log, pods that are being made, a container that ends, a slow pull.
 */
export class RestartScene {
  #began = 0n;
  #footprint: string[] = [];

  private constructor(
    readonly lab: Lab,
    readonly proxy: RegistryProxy,
    readonly steady: Pod,
    readonly ticker: string,
  ) {}

  static async open(lab: Lab): Promise<RestartScene> {
    const steady = await Pod.run(lab.cri, podConfig(lab.node));
    const count = `i=0; while true; do echo line $i; i=$((i+1)); usleep ${tickMs * 1000}; done`;
    const ticker = await steady.start(shell(lab.image, count));
    const proxy = await RegistryProxy.start(lab.registry.host);
    const scene = new RestartScene(lab, proxy, steady, ticker);
    scene.#began = (await steady.status(ticker)).startedAt;
    scene.#footprint = podLeftovers(lab.node).toSorted();
    return scene;
  }

  async close(): Promise<void> {
    try {
      await this.steady.remove();
    } finally {
      await this.proxy.stop();
    }
  }

  /** Removes everything but the steady container. */
  async reset(): Promise<void> {
    const { cri } = this.lab;
    const { items } = await retried('ListPodSandbox', () => cri.listPodSandbox({}));
    for (const { id } of items.filter((pod) => pod.id !== this.steady.id)) await new Pod(cri, id, {}).remove();
    const { containers } = await cri.listContainers({});
    for (const { id } of containers) if (id !== this.ticker) await cri.removeContainer({ containerId: id });
  }

  /** Begins to pull an image that nobody has, and answers when bytes of it flow. */
  async startPull(): Promise<SlowPull> {
    const { lab, proxy } = this;
    const files = { noise: randomBytes(1_500_000).toString('base64') };
    const tag = randomBytes(4).toString('hex');
    const image = await buildBusyboxImage({ registry: lab.registry, repository: 'demo/noise', tag, files });
    proxy.clear();
    proxy.bytesPerSecond = 300_000;
    const request = { image: { image: proxy.through(image.reference) } };
    const answer = retried('PullImage', async () => (await lab.cri.pullImage(request)).imageRef);
    answer.catch(() => undefined);
    // On disk: what a puller still holds in memory is fetched again.
    await until('bytes of the image are on disk', () =>
      proxy.fetches.some(({ digest }) => partialBytes(lab.node.root, digest) > 50_000),
    );
    return { image, answer };
  }

  /** A pod with one container, each step repeated as a kubelet would. */
  async youngPod(): Promise<Pod> {
    const { cri, node, image } = this.lab;
    const config = podConfig(node);
    const id = await retried('RunPodSandbox', () => idOf(cri.runPodSandbox({ config })));
    const request = { podSandboxId: id, config: shell(image, 'echo up; sleep 1000'), sandboxConfig: config };
    const containerId = await retried('CreateContainer', () => idOf(cri.createContainer(request)));
    await retried('StartContainer', () => cri.startContainer({ containerId }));
    return new Pod(cri, id, config);
  }

  async startDoomed(): Promise<Doomed> {
    const { lab, steady } = this;
    const { mounts, turn } = hostSwitch(lab.node);
    const id = await steady.start(
      shell(lab.image, 'while [ ! -e /switch/on ]; do usleep 10000; done; echo last words; exit 7', { mounts }),
    );
    const { info } = await lab.cri.containerStatus({ containerId: id, verbose: true });
    const { pid } = JSON.parse(info['info'] ?? '{}') as { pid: number };
    assert.ok(isRunning(pid), 'the container runs');
    return {
      id,
      end: async () => {
        turn();
        await until('the container ended', () => !isRunning(pid));
      },
    };
  }

  /** Fails unless the pull ends well, with bytes that were fetched once. */
  async expectPulled({ image, answer }: SlowPull): Promise<void> {
    const { lab, proxy } = this;
    assert.equal(await answer, image.id);
    const reference = proxy.through(image.reference);
    const { image: status } = await lab.cri.imageStatus({ image: { image: reference } });
    assert.equal(status?.id, image.id);
    const layer = proxy.fetches.toSorted((a, b) => b.bytes - a.bytes)[0]?.digest;
    const again = proxy.fetches.filter(({ digest }) => digest === layer).slice(1);
    for (const { start } of again) assert.ok(start > 0, 'a fetch began at the first byte though bytes were on disk');
    await lab.cri.removeImage({ image: { image: reference } });
  }

  /** Fails unless the container that ended did so with its code and all of its log. */
  async expectEnded({ id }: Doomed): Promise<ContainerStatus> {
    const status = await this.steady.exited(id);
    assert.deepEqual([status.exitCode, status.reason], [7, 'Error']);
    assert.ok(status.finishedAt > status.startedAt);
    assert.deepEqual(
      (await this.steady.log(id)).map(({ text }) => text),
      ['last words'],
    );
    return status;
  }

  /** Fails unless the steady container ran on without a gap, and can be worked with. */
  async expectSteady(): Promise<void> {
    const { steady, ticker } = this;
    const status = await steady.status(ticker);
    assert.equal(status.state, ContainerState.CONTAINER_RUNNING);
    assert.equal(status.startedAt, this.#began, 'it was not started anew');
    assert.equal(await steady.exec(ticker, 'echo', 'here'), 'here\n');
    const lines = (): string[] => parseLog(readFileSync(status.logPath, 'utf8')).map(({ text }) => text);
    const before = lines().length;
    await until('the log goes on', () => lines().length > before);
    const all = lines();
    assert.deepEqual(
      all,
      all.map((_, at) => `line ${at}`),
    );
  }

  /** Fails unless exactly these pods are listed, beside the steady one, with a container each. */
  async expectListed(pods: readonly Pod[], ended: readonly Doomed[]): Promise<void> {
    const { cri } = this.lab;
    const { items } = await cri.listPodSandbox({});
    const wanted = [this.steady.id, ...pods.map(({ id }) => id)];
    assert.deepEqual(items.map(({ id }) => id).toSorted(), wanted.toSorted());
    const { containers } = await cri.listContainers({});
    const owners = [...wanted, ...ended.map(() => this.steady.id)];
    assert.deepEqual(containers.map(({ podSandboxId }) => podSandboxId).toSorted(), owners.toSorted());
    for (const { id } of ended) assert.ok(containers.some((container) => container.id === id));
  }

  /** Fails unless a pod can be made, used and removed without a second try. */
  async expectWorking(): Promise<void> {
    const pod = await Pod.run(this.lab.cri, podConfig(this.lab.node));
    const id = await pod.start(shell(this.lab.image, 'echo new; exit 3'));
    assert.equal((await pod.exited(id)).exitCode, 3);
    await pod.remove();
  }

  /** Removes what came beside the steady container; fails when any of it stays. */
  async clean(pods: readonly Pod[], ended: readonly Doomed[]): Promise<void> {
    for (const { id } of ended) await this.lab.cri.removeContainer({ containerId: id });
    await Promise.all(pods.map((pod) => pod.remove()));
    // What a failed try left is undone in the background once its stage is back.
    await nothingLeft(this.lab.node, this.#footprint);
  }
}
