import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { PullProgress } from '@slipway/contracts';
import { getXattr, makedev, mknod, mountOverlay, setXattr, unmount } from '@slipway/linux';
import { hostPlatform } from '@slipway/registry';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { imageOf, indexOf, layerOf, noiseLayer } from './helpers/images.js';
import { Proxy } from './helpers/proxy.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup } from './helpers/scope.js';
import { failsWith, openWorld } from './helpers/world.js';

describe('PullImage', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let registry: Registry;
  let proxy: Proxy;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    registry = await startRegistry(cleanup);
    proxy = await Proxy.start(cleanup, registry);
  });
  after(() => cleanup.run());

  for (const docker of [false, true]) {
    it(`brings a ${docker ? 'Docker schema 2' : 'OCI'} image to disk and records it`, async (t) => {
      const world = await openWorld(t, { redis: redis.url });
      const image = imageOf([noiseLayer('a'), noiseLayer('b')], { docker });
      const name = `${registry.host}/plain/${docker ? 'docker' : 'oci'}`;
      await registry.push(name.slice(registry.host.length + 1), 'v1', image);

      const record = await world.pull(`${name}:v1`);

      assert.equal(record.id, image.id);
      assert.deepEqual(record.repoTags, [`${name}:v1`]);
      assert.deepEqual(record.repoDigests, [`${name}@${image.digest}`]);
      assert.equal(record.size, BigInt(image.size));
      assert.deepEqual(Buffer.from(record.config), image.config);
      assert.equal(record.manifestDigest, image.digest);
      assert.equal(record.pinned, false);
      assert.deepEqual(
        record.layers,
        image.layers.map(({ diffID, digest, blob }) => ({ diffId: diffID, digest, size: BigInt(blob.length) })),
      );
      assert.deepEqual(await world.records.images.get(image.id), record);
      assert.deepEqual(readdirSync(world.puller.parts.store.path(image.layers[0]?.diffID ?? '')), ['a']);
      assert.deepEqual(readdirSync(join(world.root, 'downloads')), []);
    });
  }

  it('keeps links, attributes, devices and whiteouts of all layers', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const bottom = layerOf((at) => {
      mkdirSync(join(at, 'etc'));
      mkdirSync(join(at, 'old'));
      writeFileSync(join(at, 'etc/gone'), 'x');
      writeFileSync(join(at, 'etc/stays'), 'x');
      writeFileSync(join(at, 'old/hidden'), 'x');
      writeFileSync(join(at, 'tool'), 'run', { mode: 0o755 });
      linkSync(join(at, 'tool'), join(at, 'alias'));
      symlinkSync('../tool', join(at, 'etc/link'));
      setXattr(join(at, 'tool'), 'user.note', Buffer.from([0, 255, 10]));
      mknod(join(at, 'null'), 0o020666, makedev(1, 3));
      execFileSync('chown', ['7:8', join(at, 'etc/stays')]);
    });
    const top = layerOf((at) => {
      mkdirSync(join(at, 'etc'));
      mkdirSync(join(at, 'old'));
      writeFileSync(join(at, 'etc/.wh.gone'), '');
      writeFileSync(join(at, 'old/.wh..wh..opq'), '');
      writeFileSync(join(at, 'old/fresh'), 'y');
    });
    const image = imageOf([bottom, top]);
    await registry.push('special', 'v1', image);
    const record = await world.pull(`${registry.host}/special:v1`);

    const target = mkdtempSync(join(tmpdir(), 'slipway-puller-mount-'));
    const lower = record.layers.map(({ diffId }) => world.puller.parts.store.path(diffId)).reverse();
    mountOverlay({ lower, target });
    try {
      const at = (name: string): string => join(target, name);
      assert.deepEqual(readdirSync(at('etc')).sort(), ['link', 'stays']);
      assert.deepEqual(readdirSync(at('old')), ['fresh']);
      assert.equal(lstatSync(at('alias')).ino, lstatSync(at('tool')).ino);
      assert.deepEqual(getXattr(at('tool'), 'user.note'), Buffer.from([0, 255, 10]));
      assert.equal(lstatSync(at('null')).rdev, Number(makedev(1, 3)));
      assert.equal(readFileSync(at('etc/link'), 'utf8'), 'run');
      assert.deepEqual([lstatSync(at('etc/stays')).uid, lstatSync(at('etc/stays')).gid], [7, 8]);
    } finally {
      unmount(target);
      rmSync(target, { recursive: true });
    }
  });

  it('takes this platform from an index, and records the digests of index and manifest', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const { architecture } = hostPlatform();
    const other = architecture === 's390x' ? 'ppc64le' : 's390x';
    const [ours, theirs] = [imageOf([noiseLayer('ours')]), imageOf([noiseLayer('theirs')], { architecture: other })];
    await registry.push('multi', 'ours', ours);
    await registry.push('multi', 'theirs', theirs);
    const index = indexOf([
      { image: theirs, architecture: other },
      { image: ours, architecture },
    ]);
    await registry.pushManifest('multi', 'v1', index.bytes, index.mediaType);

    const record = await world.pull(`${registry.host}/multi:v1`);

    assert.equal(record.id, ours.id);
    const name = `${registry.host}/multi`;
    assert.deepEqual(record.repoDigests, [`${name}@${index.digest}`, `${name}@${ours.digest}`]);
    assert.equal(record.manifestDigest, ours.digest);
  });

  it('fetches a layer that images share once, and one that an image has twice once', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const base = noiseLayer('base', 300_000);
    const images = [imageOf([base, noiseLayer('x'), base]), imageOf([base, noiseLayer('y')])];
    for (const [at, image] of images.entries()) await registry.push(`shared-${at}`, 'v1', image);
    proxy.clear();

    const records = await Promise.all(images.map((_, at) => world.pull(`${proxy.host}/shared-${at}:v1`)));

    assert.deepEqual(
      records.map(({ id }) => id),
      images.map(({ id }) => id),
    );
    assert.equal(records[0]?.layers.length, 3);
    assert.equal(proxy.fetches(base.digest).length, 1);
  });

  it('downloads nothing for an image that is present, and asks the registry nevertheless', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([noiseLayer('a')]);
    await registry.push('present', 'v1', image);
    await registry.push('present', 'v2', image);
    const first = await world.pull(`${proxy.host}/present:v1`);
    proxy.clear();

    const again = await world.pull(`${proxy.host}/present:v1`);
    assert.deepEqual(again, { ...first, pulledAt: again.pulledAt });
    assert.deepEqual(
      proxy.seen.map(({ method, kind, name }) => [method, kind, name]),
      [['HEAD', 'manifests', 'v1']],
    );

    const other = await world.pull(`${proxy.host}/present:v2`);
    assert.deepEqual(other.repoTags, [`${proxy.host}/present:v1`, `${proxy.host}/present:v2`]);
    assert.equal(proxy.fetches(image.layers[0]?.digest ?? '').length, 0);
  });

  it('fetches a present image whose layer is no longer there again', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([noiseLayer('a'), noiseLayer('b')]);
    await registry.push('damaged', 'v1', image);
    await world.pull(`${registry.host}/damaged:v1`);
    const [first, second] = image.layers.map(({ diffID }) => diffID) as [string, string];
    await world.puller.parts.store.remove(first);
    await world.puller.parts.store.sync();
    // The record that the layer exists and is synced stays.
    rmSync(world.puller.parts.store.path(second), { recursive: true });

    await world.pull(`${registry.host}/damaged:v1`);
    assert.deepEqual([await world.has(first), await world.has(second)], [true, true]);
  });

  it('moves a tag to the image that it names now', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const [old, fresh] = [imageOf([noiseLayer('old')]), imageOf([noiseLayer('fresh')])];
    await registry.push('moving', 'latest', old);
    await world.pull(`${registry.host}/moving`);
    await registry.push('moving', 'latest', fresh);
    await world.pull(`${registry.host}/moving`);

    const name = `${registry.host}/moving`;
    const before = await world.records.images.get(old.id);
    assert.deepEqual([before?.repoTags, before?.repoDigests], [[], [`${name}@${old.digest}`]]);
    assert.deepEqual((await world.records.images.get(fresh.id))?.repoTags, [`${name}:latest`]);
  });

  it('gives an image that was asked for by digest no tag', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([noiseLayer('a')]);
    await registry.push('digested', 'v1', image);
    const record = await world.pull(`${registry.host}/digested:v1@${image.digest}`);
    assert.deepEqual(record.repoTags, []);
    assert.deepEqual(record.repoDigests, [`${registry.host}/digested@${image.digest}`]);
  });

  it('marks the images of the configured references as pinned', async (t) => {
    const world = await openWorld(t, { redis: redis.url, pinned: [`${registry.host}/pins`] });
    await registry.push('pins', 'latest', imageOf([noiseLayer('a')]));
    await registry.push('pins', 'other', imageOf([noiseLayer('b')]));
    assert.equal((await world.pull(`${registry.host}/pins:latest`)).pinned, true);
    assert.equal((await world.pull(`${registry.host}/pins:other`)).pinned, false);
  });

  it('tells how far it is', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([noiseLayer('a', 400_000), noiseLayer('b', 400_000)]);
    await registry.push('progress', 'v1', image);
    proxy.bytesPerSecond = 800_000;
    t.after(() => {
      proxy.bytesPerSecond = 0;
    });
    const reports: PullProgress[] = [];
    await world.pull(`${proxy.host}/progress:v1`, { onProgress: (progress) => reports.push(progress) });

    assert.equal(reports[0]?.step, 'resolve');
    assert.ok(
      reports.some(({ step, bytesDone, bytesTotal }) => step === 'fetch' && bytesDone > 0n && bytesDone < bytesTotal),
    );
    // The layers may be on the disk before the pull has answered.
    const last = reports.find(({ step }) => step === 'sync');
    assert.ok(last);
    assert.equal(last.bytesDone, last.bytesTotal);
    assert.deepEqual([last.layersDone, last.layersTotal], [2, 2]);
    assert.deepEqual(last.layers.map(({ digest }) => digest).sort(), image.layers.map(({ digest }) => digest).sort());
  });

  it('stops soon after its caller went away, and keeps the bytes for the next', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const layer = noiseLayer('slow', 600_000);
    await registry.push('cancel', 'v1', imageOf([layer]));
    proxy.bytesPerSecond = 300_000;
    t.after(() => {
      proxy.bytesPerSecond = 0;
    });
    const caller = new AbortController();
    const pulling = world.pull(`${proxy.host}/cancel:v1`, {
      signal: caller.signal,
      onProgress: ({ bytesDone }) => {
        if (bytesDone > 0n) caller.abort(new Error('the caller went away'));
      },
    });
    await assert.rejects(pulling, failsWith('CANCELLED', 'the caller went away'));
    assert.equal(await world.has(layer.diffID), false);
    const kept = lstatSync(world.puller.parts.downloads.of(proxy.host).path(layer.digest)).size;
    assert.ok(kept > 0);

    proxy.bytesPerSecond = 0;
    proxy.clear();
    await world.pull(`${proxy.host}/cancel:v1`);
    assert.equal(proxy.fetches(layer.digest)[0]?.start, kept);
  });

  describe('refuses', () => {
    it('what is not there', async (t) => {
      const world = await openWorld(t, { redis: redis.url });
      await assert.rejects(
        world.pull(`${registry.host}/nothing:v1`),
        failsWith('REGISTRY_NOT_FOUND', `${registry.host}/nothing:v1`),
      );
      await assert.rejects(world.pull('UPPER/Case'), failsWith('INVALID_REFERENCE', 'UPPER/Case'));
      assert.deepEqual(await world.records.images.list(), []);
    });

    it('a blob with another digest, and leaves nothing of it', async (t) => {
      const world = await openWorld(t, { redis: redis.url });
      const image = imageOf([noiseLayer('a'), noiseLayer('b', 5000)]);
      const wrong = image.layers[1]?.digest ?? '';
      await registry.push('wrong', 'v1', image);
      proxy.damaged = wrong;
      t.after(() => {
        proxy.damaged = '';
      });
      await assert.rejects(world.pull(`${proxy.host}/wrong:v1`), failsWith('DIGEST_MISMATCH', wrong));
      assert.deepEqual(await world.records.images.list(), []);
      assert.equal(await world.has(image.layers[1]?.diffID ?? ''), false);
      assert.equal(readdirSync(join(world.root, 'downloads')).includes(wrong), false);
    });

    it('a config that names other layers than the manifest', async (t) => {
      const world = await openWorld(t, { redis: redis.url });
      const layers = [noiseLayer('a'), noiseLayer('b')];
      const short = imageOf(layers, { diffIDs: [layers[0]?.diffID ?? ''] });
      await registry.push('short', 'v1', short);
      await assert.rejects(
        world.pull(`${registry.host}/short:v1`),
        failsWith('IMAGE_INVALID', short.id, '1 entries', '2 layers'),
      );
      const odd = imageOf(layers, { diffIDs: [layers[0]?.diffID ?? '', 'sha256:../../etc'] });
      await registry.push('odd', 'v1', odd);
      await assert.rejects(world.pull(`${registry.host}/odd:v1`), failsWith('IMAGE_INVALID', 'diff_ids[1]'));
      const swapped = imageOf(layers, { diffIDs: layers.map(({ diffID }) => diffID).reverse() });
      await registry.push('swapped', 'v1', swapped);
      await assert.rejects(world.pull(`${registry.host}/swapped:v1`), failsWith('DIGEST_MISMATCH', 'sha256:'));
      assert.deepEqual(await world.records.images.list(), []);
      assert.deepEqual(await world.puller.parts.store.list(), []);
    });

    it('an image that has only other platforms', async (t) => {
      const world = await openWorld(t, { redis: redis.url });
      await registry.push('alien', 'v1', imageOf([noiseLayer('a')], { architecture: 'mips64' }));
      await assert.rejects(world.pull(`${registry.host}/alien:v1`), failsWith('IMAGE_PLATFORM', 'mips64'));
    });

    for (const [what, transfer, text] of [
      [
        'is slower than the floor',
        { noProgressMs: 1000, minBytesPerSecond: 10_000_000 },
        'fewer than 10000000 a second',
      ],
      ['takes longer than the ceiling', { layerMs: 1000 }, '1000 ms allowed'],
    ] as const) {
      it(`a transfer that ${what}, with host, layer and bytes, and goes on later`, async (t) => {
        const world = await openWorld(t, { redis: redis.url, transfer });
        const layer = noiseLayer('slow', 600_000);
        const name = `slow-${what.replaceAll(' ', '-')}`;
        await registry.push(name, 'v1', imageOf([layer]));
        proxy.bytesPerSecond = 100_000;
        t.after(() => {
          proxy.bytesPerSecond = 0;
        });
        await assert.rejects(world.pull(`${proxy.host}/${name}:v1`), (error: Error & { describe(): string }) => {
          for (const part of [text, layer.digest, String(layer.blob.length)])
            assert.ok(error.describe().includes(part), `${part}: ${error.describe()}`);
          return true;
        });
        proxy.bytesPerSecond = 0;
        await world.pull(`${proxy.host}/${name}:v1`);
      });
    }
  });

  it('uses the credentials of the request, and asks for them even when the image is present', async (t) => {
    const closed = await startRegistry(t, { auth: true });
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([noiseLayer('secret')]);
    await closed.push('private', 'v1', image);
    const reference = `${closed.host}/private:v1`;
    const auth = {
      username: 'tester',
      password: 's3cret',
      auth: '',
      serverAddress: '',
      identityToken: '',
      registryToken: '',
    };
    await assert.rejects(world.pull(reference), failsWith('REGISTRY_DENIED'));
    await assert.rejects(world.pull(reference, { auth: { ...auth, password: 'guess' } }), failsWith('REGISTRY_DENIED'));
    assert.equal((await world.pull(reference, { auth })).id, image.id);
    const encoded = Buffer.from('tester:s3cret').toString('base64');
    assert.equal(
      (await world.pull(reference, { auth: { ...auth, username: '', password: '', auth: encoded } })).id,
      image.id,
    );
    await assert.rejects(world.pull(reference), failsWith('REGISTRY_DENIED'));
  });

  it('fetches a layer again that was not synced before the machine went down', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const layer = layerOf((directory) => writeFileSync(join(directory, 'file'), 'as it was pushed'));
    const synced = noiseLayer('synced');
    await registry.push('unclean', 'v1', imageOf([synced, layer]));
    const reference = `${registry.host}/unclean:v1`;
    await world.pull(reference);
    await world.puller.parts.store.sync();
    // As after a power loss: another boot, data that never reached the disk, and no mark that it did.
    const file = join(world.puller.parts.store.path(layer.diffID), 'file');
    truncateSync(file, 0);
    const record = join(world.puller.parts.store.path(layer.diffID), '..', 'layer.json');
    const info = JSON.parse(readFileSync(record, 'utf8')) as object;
    writeFileSync(record, JSON.stringify({ ...info, synced: false, bootID: 'the boot before' }));
    proxy.clear();
    await world.pull(`${proxy.host}/unclean:v1`);
    assert.equal(readFileSync(file, 'utf8'), 'as it was pushed');
    assert.equal(proxy.fetches(layer.digest).length, 1);
    assert.equal(proxy.fetches(synced.digest).length, 0);
  });

  it('takes an image without layers', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([]);
    await registry.push('empty', randomBytes(2).toString('hex'), image);
    const record = await world.pull(`${registry.host}/empty@${image.digest}`);
    assert.deepEqual(record.layers, []);
  });
});
