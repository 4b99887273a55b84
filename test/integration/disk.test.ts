import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ContainerState, type RuntimeCondition } from '@slipway/cri';
import { buildBusyboxImage, statusName } from '@slipway/testbed';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { nothingLeft } from '../support/leftovers.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { retried, until } from '../support/retry.js';
import { slipway } from '../support/slipway.js';
import { mountSmallRoot, type SmallRoot } from '../support/small-root.js';

const reserveBytes = 2 << 20;

describe('the disk below root', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  let disk: SmallRoot;
  let mount: string;
  const root = (): string => disk.root;
  const filler = (): string => join(mount, 'filler');

  before(async () => {
    disk = mountSmallRoot(48);
    ({ mount } = disk);
    lab = await openLab({
      handlers: ['crun'],
      settings: { root: root(), 'disk.reserveBytes': reserveBytes, 'stage.stallMs': 2000, 'stage.beatMs': 200 },
    });
  });
  after(async () => {
    try {
      rmSync(filler(), { force: true });
      await lab?.close();
    } finally {
      disk?.close();
    }
  });

  /** Writes until not a byte more fits. */
  const fill = (file = filler()): void => {
    for (const size of [1 << 20, 4096, 1]) {
      assert.throws(
        () => {
          for (;;) appendFileSync(file, Buffer.alloc(size, 'x'));
        },
        { code: 'ENOSPC' },
      );
    }
  };

  const condition = async (name: string): Promise<RuntimeCondition | undefined> => {
    const { status } = await lab.cri.status({});
    return status?.conditions.find(({ type }) => type === name);
  };
  const diskCondition = (): Promise<RuntimeCondition | undefined> => condition('DiskReady');
  /** A kubelet stops and removes nothing with one that is not. */
  const expectReady = (): Promise<true> =>
    until('the runtime is ready', async () => (await condition('RuntimeReady'))?.status === true);

  test('that is full lets pods be stopped and removed and images collected, and says so', async () => {
    const { cri, image } = lab;
    const unused = await buildBusyboxImage({
      registry: lab.registry,
      repository: 'disk/unused',
      files: { big: 'x'.repeat(3 << 20) },
    });
    await cri.pullImage({ image: { image: unused.reference } });
    const pods = [await Pod.run(cri, podConfig(lab.node)), await Pod.run(cri, podConfig(lab.node))];
    const ids = await Promise.all(pods.map((pod) => pod.start(shell(image, 'sleep 1000'))));
    await until('room is kept', () => existsSync(join(root(), 'reserve')));
    assert.equal(await diskCondition(), undefined);

    fill();
    const told = await diskCondition();
    assert.deepEqual([told?.status, told?.reason], [false, 'DiskFull']);
    assert.match(told?.message ?? '', /KiB free; pods can still be stopped and removed/);
    await expectReady();
    const other = await buildBusyboxImage({ registry: lab.registry, repository: 'disk/other', files: { a: 'other' } });
    await assert.rejects(cri.pullImage({ image: { image: other.reference } }), /full.*\(DISK_FULL: /s);

    // With what was kept free used up at once, as by a container that writes and writes.
    const [first, second] = pods as [Pod, Pod];
    const [firstId = '', secondId = ''] = ids;
    await cri.stopContainer({ containerId: firstId, timeout: 0n });
    fill();
    assert.equal((await first.status(firstId)).state, ContainerState.CONTAINER_EXITED);
    await cri.removeContainer({ containerId: firstId });
    await first.remove();
    fill();
    await cri.stopPodSandbox({ podSandboxId: second.id });
    assert.equal((await second.status(secondId)).state, ContainerState.CONTAINER_EXITED);
    await cri.removePodSandbox({ podSandboxId: second.id });
    assert.deepEqual((await cri.listPodSandbox({})).items, []);
    await nothingLeft(lab.node);

    // What a kubelet's garbage collection does.
    await cri.removeImage({ image: { image: unused.id } });
    assert.equal((await cri.listImages({})).images.length, 1);
    await until('there is room', async () => (await cri.status({})) && freeBytes(mount) > 3 << 20);

    rmSync(filler());
    await until('the disk is in order', async () => (await diskCondition()) === undefined);
    await until('room is kept again', () => existsSync(join(root(), 'reserve')), 30_000);
    await cri.pullImage({ image: { image: other.reference } });
    const pod = await Pod.run(cri, podConfig(lab.node));
    await pod.start(shell(image, 'sleep 1000'));
    await pod.remove();
  });

  test('that is read-only lets a node start, list and stop', async () => {
    const { cri, image, node } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'sleep 1000'));
    await node.shutDown();
    execFileSync('mount', ['-o', 'remount,ro', mount]);
    try {
      await node.start();
      const { containers } = await retried('ListContainers', () => cri.listContainers({}));
      assert.deepEqual(
        containers.map((one) => [one.id, one.state]),
        [[id, ContainerState.CONTAINER_RUNNING]],
      );
      assert.equal((await diskCondition())?.reason, 'DiskReadOnly');
      await expectReady();
      assert.equal((await cri.listImages({})).images.length, 2);
      await cri.stopContainer({ containerId: id, timeout: 0n });
      assert.equal((await pod.status(id)).state, ContainerState.CONTAINER_EXITED);
      await cri.stopPodSandbox({ podSandboxId: pod.id });
      await assert.rejects(pod.create(shell(image, 'true')), (error: Error) => {
        assert.match(error.message, /DISK_READ_ONLY|not ready/);
        return statusName(error) === 'FAILED_PRECONDITION';
      });
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', mount]);
    }
    await until('the disk is in order', async () => (await diskCondition()) === undefined);
    await pod.remove();
    await node.shutDown();
    await node.start();
    assert.deepEqual((await retried('ListPodSandbox', () => cri.listPodSandbox({}))).items, []);
    // What could not be removed is so in the background.
    await nothingLeft(node);
  });

  test('a state directory without a byte or an inode lets a node start, say so, stop and remove, and recovers', async () => {
    const { cri, image, node } = lab;
    execFileSync('mount', ['-o', 'remount,size=8m,nr_inodes=2000', node.state]);
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'sleep 1000'));
    await until('room is kept', () => existsSync(join(node.state, 'reserve')), 20_000);
    await node.shutDown();
    const junk = join(node.state, 'junk');
    mkdirSync(junk);
    const file = join(junk, 'file');
    fill(file);
    assert.throws(() => Array.from({ length: 9000 }, (_, at) => symlinkSync('x', join(junk, `${at}`))), /ENOSPC/);
    await node.start();
    try {
      // The reserve for the start goes, too.
      fill(file);
      assert.deepEqual([(await diskCondition())?.status, (await diskCondition())?.reason], [false, 'DiskFull']);
      await expectReady();
      const { containers } = await retried('ListContainers', () => cri.listContainers({}));
      assert.deepEqual(
        containers.map((one) => [one.id, one.state]),
        [[id, ContainerState.CONTAINER_RUNNING]],
      );
      assert.match(JSON.stringify(await slipway(node, 'status')), /executor/);
      await cri.stopContainer({ containerId: id, timeout: 0n });
      assert.equal((await pod.status(id)).state, ContainerState.CONTAINER_EXITED);
      await pod.remove();
      assert.deepEqual((await cri.listPodSandbox({})).items, []);
    } finally {
      rmSync(junk, { recursive: true });
    }
    await until('the disk is in order', async () => (await diskCondition()) === undefined);
    await until('room is kept again', () => existsSync(join(node.state, 'reserve')), 30_000);
    const next = await Pod.run(cri, podConfig(node));
    await next.start(shell(image, 'sleep 1000'));
    await next.remove();
    await nothingLeft(node);
  });
});

function freeBytes(path: string): number {
  const [, available = '0'] = execFileSync('df', ['--output=avail', '-B1', path], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return Number(available);
}
