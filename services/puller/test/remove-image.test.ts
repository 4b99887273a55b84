import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ContainerPhase } from '@slipway/contracts';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { collectGarbage } from '../src/garbage/collect-garbage.js';
import { Leases } from '../src/garbage/leases.js';
import { sweep } from '../src/garbage/sweep.js';
import { imageOf, noiseLayer, type TestImage } from './helpers/images.js';
import { Proxy } from './helpers/proxy.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup, until } from './helpers/scope.js';
import { openWorld } from './helpers/world.js';

describe('RemoveImage and garbage', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let registry: Registry;
  let count = 0;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    registry = await startRegistry(cleanup);
  });
  after(() => cleanup.run());

  const push = async (image: TestImage): Promise<string> => {
    const repository = `removed-${count++}`;
    await registry.push(repository, 'v1', image);
    return `${registry.host}/${repository}:v1`;
  };
  const [base, upper, other] = [noiseLayer('base'), noiseLayer('upper'), noiseLayer('other')];
  const container = (letter: string) => ({ id: letter.repeat(64), phase: ContainerPhase.CONTAINER_PHASE_RUNNING });

  it('takes the record and the layers that no other image has', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const [one, two] = [imageOf([base, upper]), imageOf([base, other])];
    await world.pull(await push(one));
    await world.pull(await push(two));

    await world.remove(one.id);
    assert.equal(await world.records.images.get(one.id), undefined);
    assert.deepEqual([await world.has(base.diffID), await world.has(upper.diffID)], [true, false]);

    await world.remove(two.id);
    assert.deepEqual(await world.puller.parts.store.list(), []);
    assert.deepEqual(readdirSync(join(world.root, 'layers', 'tmp')), []);
  });

  it('succeeds for an image that is not there', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    await world.remove(`sha256:${'0'.repeat(64)}`);
  });

  it('leaves the layers of a container until it is gone', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([base, upper]);
    await world.pull(await push(image));
    const layers = [base.diffID, upper.diffID];
    await world.addContainer({ ...container('a'), imageId: image.id, layers });

    await world.remove(image.id);
    assert.equal(await world.records.images.get(image.id), undefined);
    assert.deepEqual(await collectGarbage(world.puller.parts), []);
    assert.equal(await world.has(upper.diffID), true);

    await world.records.containers.delete(container('a').id);
    assert.deepEqual((await collectGarbage(world.puller.parts)).sort(), layers.sort());
    assert.equal(await world.has(upper.diffID), false);
  });

  it('leaves everything while a container of a removed image is being made', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([base]);
    await world.pull(await push(image));
    const { id } = container('b');
    await world.addContainer({ id, phase: ContainerPhase.CONTAINER_INTENT, imageId: image.id });
    await world.remove(image.id);
    assert.equal(await world.has(base.diffID), true);

    await world.records.containers.transition(id, (record) => ({
      ...record,
      phase: ContainerPhase.CONTAINER_PHASE_EXITED,
    }));
    assert.deepEqual(await collectGarbage(world.puller.parts), [base.diffID]);
  });

  it('leaves the layers of a running pull', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const proxy = await Proxy.start(t, registry);
    const slow = noiseLayer('slow', 600_000);
    const [present, wanted] = [imageOf([base]), imageOf([base, slow])];
    await world.pull(await push(present));
    const reference = (await push(wanted)).replace(registry.host, proxy.host);
    proxy.bytesPerSecond = 600_000;
    const pulling = world.pull(reference);
    await until('the slow layer is on its way', () => proxy.fetches(slow.digest).length > 0);

    await world.remove(present.id);
    assert.equal(await world.has(base.diffID), true);
    assert.equal((await pulling).id, wanted.id);
    assert.equal(proxy.fetches(base.digest).length, 0);
    assert.deepEqual(await collectGarbage(world.puller.parts), []);
  });

  it('leaves the layers of a failed pull to its retry, for the grace time', async (t) => {
    const world = await openWorld(t, { redis: redis.url, graceMs: 60_000 });
    const good = noiseLayer('good');
    const image = imageOf([good, noiseLayer('bad')], { diffIDs: [good.diffID, base.diffID] });
    await assert.rejects(world.pull(await push(image)));
    await world.pull(await push(imageOf([good])));
    await world.remove((await world.records.images.list())[0]?.id ?? '');
    assert.equal(await world.has(good.diffID), true);

    const impatient = { ...world.puller.parts, leases: new Leases(world.root, 0) };
    assert.deepEqual(await collectGarbage(impatient), [good.diffID]);
    assert.deepEqual(readdirSync(join(world.root, 'leases')), []);
  });

  it('gives nothing away when Redis lost its records and is not refilled yet', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([base]);
    await world.pull(await push(image));
    // It comes back empty.
    await redis.restart();
    assert.deepEqual(await collectGarbage(world.puller.parts), []);
    assert.equal(await world.has(base.diffID), true);
  });

  it('puts the store in order at the start', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const [whole, broken] = [imageOf([base]), imageOf([base, upper])];
    await world.pull(await push(whole));
    await world.pull(await push(broken));
    // Leftovers of a layer after a power loss, and of a download after a killed puller.
    rmSync(join(world.puller.parts.store.path(upper.diffID), '..', 'layer.json'));
    const downloads = join(world.root, 'downloads');
    mkdirSync(join(world.root, 'layers', 'tmp', 'half', 'fs'), { recursive: true });
    writeFileSync(join(downloads, `${upper.digest}.lock`), '');
    writeFileSync(join(downloads, other.digest), 'some bytes');
    // An archive on its way to the puller, and one that a killed command left two days ago.
    const old = Date.now() / 1000 - 48 * 3600;
    for (const name of ['load-new', 'load-old']) writeFileSync(join(downloads, name), 'an archive');
    utimesSync(join(downloads, 'load-old'), old, old);
    const tag = `${registry.host}/contested:v1`;
    for (const [id, pulledAt] of [
      [whole.id, 2n],
      [broken.id, 1n],
    ] as const) {
      await world.records.images.transition(id, (image) => ({ ...image, pulledAt, repoTags: [tag] }));
    }

    await sweep(world.puller.parts);

    assert.deepEqual(
      (await world.records.images.list()).map(({ id, repoTags }) => [id, repoTags]),
      [[whole.id, [tag]]],
    );
    assert.deepEqual(readdirSync(downloads).toSorted(), ['load-new', other.digest]);
    rmSync(join(downloads, 'load-new'));
    assert.deepEqual(readdirSync(join(world.root, 'layers', 'tmp')), []);
    assert.equal(await world.has(base.diffID), true);
    assert.deepEqual(await world.puller.parts.downloads.sweep({ maxAgeMs: 60_000, maxBytes: 0 }), [other.digest]);
    assert.deepEqual(readdirSync(downloads), []);
  });
});
