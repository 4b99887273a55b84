import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { buildBusyboxImage } from '@slipway/testbed';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

const docker = 'application/vnd.docker.distribution.manifest.v2+json';

describe('images', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun'] });
  });
  afterEach(async () => {
    await lab.clear();
    const { images } = await lab.cri.listImages();
    const others = images.filter(({ repoTags }) => !repoTags.includes(lab.image));
    for (const { id } of others) await lab.cri.removeImage({ image: { image: id } });
  });
  after(() => lab.close());

  const pull = async (image: string) => (await lab.cri.pullImage({ image: { image } })).imageRef;
  const status = async (image: string) => (await lab.cri.imageStatus({ image: { image } })).image;
  const used = async () => {
    const { imageFilesystems } = await lab.cri.imageFsInfo();
    const [usage] = imageFilesystems;
    assert.ok(usage?.usedBytes && usage.inodesUsed);
    return { bytes: usage.usedBytes.value, inodes: usage.inodesUsed.value, mountpoint: usage.fsId?.mountpoint };
  };

  test('one image has one id, whatever it is asked by', async () => {
    const { registry } = lab;
    const pushed = await buildBusyboxImage({ registry, repository: 'test/names', files: { note: 'names' } });
    assert.equal(await pull(pushed.reference), pushed.id);
    const byDigest = `${pushed.repository}@${pushed.digest}`;
    const names = [pushed.reference, byDigest, pushed.id, pushed.id.replace('sha256:', ''), pushed.id.slice(7, 19)];
    for (const name of names) assert.equal((await status(name))?.id, pushed.id, name);
    const image = await status(pushed.id);
    assert.deepEqual(image?.repoTags, [pushed.reference]);
    assert.deepEqual(image?.repoDigests, [byDigest]);
    assert.ok(image && image.size > 100_000n);
    const { images } = await lab.cri.listImages({ filter: { image: { image: byDigest } } });
    assert.deepEqual(
      images.map(({ id }) => id),
      [pushed.id],
    );
    assert.deepEqual((await lab.cri.listImages({ filter: { image: { image: 'no/such:image' } } })).images, []);
    assert.equal((await lab.cri.listImages()).images.length, 2);
  });

  test('a pull by digest needs no tag, and a tag joins the same image', async () => {
    const pushed = await buildBusyboxImage({
      registry: lab.registry,
      repository: 'test/digest',
      files: { note: 'digest' },
    });
    assert.equal(await pull(`${pushed.repository}@${pushed.digest}`), pushed.id);
    assert.deepEqual((await status(pushed.id))?.repoTags, []);
    assert.equal(await pull(pushed.reference), pushed.id);
    assert.deepEqual((await status(pushed.id))?.repoTags, [pushed.reference]);
    // Both at once in one reference.
    assert.equal(await pull(`${pushed.reference}@${pushed.digest}`), pushed.id);
  });

  test('Docker schema 2 images run as OCI ones do', async () => {
    const { registry, cri, node } = lab;
    const pushed = await buildBusyboxImage({
      registry,
      repository: 'test/oci',
      files: { note: 'from docker' },
      config: { Cmd: ['cat', '/note'], User: 'app', WorkingDir: '/srv', Env: ['PATH=/bin'] },
    });
    const reference = `${registry.host}/test/docker:v2s2`;
    const flags = ['--src-tls-verify=false', '--dest-tls-verify=false', '--format=v2s2', '--quiet'];
    execFileSync('skopeo', ['copy', ...flags, `docker://${pushed.reference}`, `docker://${reference}`], {
      stdio: 'ignore',
    });
    const answer = await fetch(`http://${registry.host}/v2/test/docker/manifests/v2s2`, {
      headers: { accept: docker },
    });
    const manifest = (await answer.json()) as { mediaType: string; config: { digest: string } };
    assert.equal(manifest.mediaType, docker);
    assert.equal(await pull(reference), manifest.config.digest);
    assert.equal((await status(reference))?.username, 'app');

    const pod = await Pod.run(cri, podConfig(node));
    // The image's own command, user and directory.
    const id = await pod.start({ ...shell(reference, ''), command: [], args: [] });
    assert.equal((await pod.exited(id)).exitCode, 0);
    assert.deepEqual(
      (await pod.log(id)).map(({ text }) => text),
      ['from docker'],
    );
    const other = await pod.start({ ...shell(reference, ''), command: [], args: ['sh', '-c', 'id -u; id -g; pwd'] });
    await pod.exited(other);
    assert.deepEqual(
      (await pod.log(other)).map(({ text }) => text),
      ['1000', '1000', '/srv'],
    );
    const { imageId, imageRef } = await pod.status(id);
    assert.equal(imageId, manifest.config.digest);
    assert.equal((await status(imageRef))?.id, imageId);
  });

  test('an image of 150 layers runs, each layer over those below', async () => {
    const { cri, node, registry } = lab;
    const pushed = await buildBusyboxImage({
      registry,
      repository: 'test/many-layers',
      layers: Array.from({ length: 148 }, (_, at) => ({ [`layers/${at}`]: `${at}\n`, top: `${at}\n` })),
    });
    assert.equal(pushed.diffIDs.length, 150);
    assert.equal(await pull(pushed.reference), pushed.id);
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(pushed.reference, 'exec sleep 1000'));
    assert.equal(await pod.exec(id, 'cat', '/top'), '147\n');
    assert.equal((await pod.exec(id, 'sh', '-c', 'cat /layers/*')).split('\n').length, 149);
  });

  test('a tag that moved names the new image; the old one keeps its id', async () => {
    const options = { registry: lab.registry, repository: 'test/moving' };
    const old = await buildBusyboxImage({ ...options, files: { note: 'old' } });
    assert.equal(await pull(old.reference), old.id);
    const next = await buildBusyboxImage({ ...options, files: { note: 'new' } });
    assert.equal((await status(old.reference))?.id, old.id, 'nothing moves without a pull');
    assert.equal(await pull(next.reference), next.id);
    assert.equal((await status(next.reference))?.id, next.id);
    const before = await status(old.id);
    assert.deepEqual(before?.repoTags, []);
    assert.deepEqual(before?.repoDigests, [`${old.repository}@${old.digest}`]);
  });

  test('any name removes the image with all its names', async () => {
    const options = { registry: lab.registry, repository: 'test/removal', files: { note: 'removal' } };
    const one = await buildBusyboxImage({ ...options, tag: 'one' });
    const two = await buildBusyboxImage({ ...options, tag: 'two' });
    assert.equal(one.id, two.id);
    for (const name of [one.reference, two.reference, `${one.repository}@${one.digest}`, one.id]) {
      await pull(one.reference);
      await pull(two.reference);
      assert.deepEqual((await status(one.id))?.repoTags.length, 2);
      await lab.cri.removeImage({ image: { image: name } });
      assert.equal(await status(one.id), undefined, name);
      assert.equal(await status(one.reference), undefined);
    }
  });

  test('the file system info grows with an image and shrinks without it', async () => {
    const before = await used();
    assert.ok(before.bytes > 0n && before.inodes > 0n);
    assert.ok(existsSync(String(before.mountpoint)));
    const size = 4 << 20;
    const pushed = await buildBusyboxImage({
      registry: lab.registry,
      repository: 'test/usage',
      files: { big: 'x'.repeat(size) },
    });
    await pull(pushed.reference);
    const within = await used();
    // The other layers are there already.
    assert.ok(within.bytes - before.bytes >= BigInt(size) && within.bytes - before.bytes < BigInt(2 * size));
    assert.ok(within.inodes > before.inodes);
    await lab.cri.removeImage({ image: { image: pushed.reference } });
    assert.deepEqual(await used(), before);
  });

  test('an image that has lost a layer is absent, says so when it is used, and a pull mends it', async () => {
    const files = { note: 'y'.repeat(5000) };
    const pushed = await buildBusyboxImage({ registry: lab.registry, repository: 'test/lost', files });
    await pull(pushed.reference);
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const ended = async (): Promise<number> => {
      const id = await pod.start(shell(pushed.reference, 'test -s /note'));
      return (await pod.exited(id)).exitCode;
    };
    assert.equal(await ended(), 0);
    const { info } = await lab.cri.imageStatus({ image: { image: pushed.id }, verbose: true });
    const { layers } = JSON.parse(info['info'] ?? '{}') as { layers: { diffID: string }[] };
    const directory = join(lab.node.root, 'layers', ...(layers.at(-1)?.diffID ?? '').split(':'), 'fs');
    for (const lose of [
      () => rmSync(directory, { recursive: true }),
      () => readdirSync(directory).forEach((name) => rmSync(join(directory, name), { recursive: true })),
    ]) {
      lose();
      assert.equal(await status(pushed.reference), undefined);
      await assert.rejects(pod.create(shell(pushed.reference, 'true')), /is not on this node \(IMAGE_NOT_FOUND: pull/);
      assert.equal(await pull(pushed.reference), pushed.id);
      assert.equal((await status(pushed.reference))?.id, pushed.id);
      assert.equal(await ended(), 0);
    }
  });

  test('a container goes on when its image is removed, and its layers go with it', async () => {
    const { cri, node } = lab;
    const before = await used();
    const pushed = await buildBusyboxImage({
      registry: lab.registry,
      repository: 'test/in-use',
      files: { note: 'still here\n', big: 'x'.repeat(4 << 20) },
    });
    await pull(pushed.reference);
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(pushed.id, 'exec sleep 1000', { image: { image: pushed.id } }));
    await cri.removeImage({ image: { image: pushed.reference } });
    assert.equal(await status(pushed.id), undefined);
    assert.equal(await pod.exec(id, 'cat', '/note'), 'still here\n');
    const { imageId } = await pod.status(id);
    assert.equal(imageId, pushed.id);
    await cri.stopContainer({ containerId: id, timeout: 0n });
    await cri.removeContainer({ containerId: id });
    // A collection follows every removal of an image.
    const other = await buildBusyboxImage({
      registry: lab.registry,
      repository: 'test/other',
      files: { note: 'other' },
    });
    await pull(other.reference);
    await cri.removeImage({ image: { image: other.reference } });
    await until('the layers are gone', async () => (await used()).bytes === before.bytes, 10_000);
  });
});
