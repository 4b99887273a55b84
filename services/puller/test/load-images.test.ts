import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { LoadImagesRequest, PullProgress } from '@slipway/contracts';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { dockerArchive, type Files, ociArchive, tarOf } from './helpers/archives.js';
import { imageOf, layerOf, noiseLayer, type TestImage } from './helpers/images.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup, until } from './helpers/scope.js';
import { contextOf, failsWith, openWorld, type World } from './helpers/world.js';

describe('loading an archive', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let registry: Registry;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    registry = await startRegistry(cleanup);
  });
  after(() => cleanup.run());

  const load = async (world: World, bytes: Buffer, name = '', beats: PullProgress[] = []) => {
    const path = join(world.root, 'archive.tar');
    writeFileSync(path, bytes);
    const request = LoadImagesRequest.create({ path, name });
    const context = contextOf(undefined, (beat) => beats.push(PullProgress.decode(beat)));
    try {
      return (await world.puller.handlers.loadImages(request, context)).images ?? [];
    } finally {
      rmSync(path);
    }
  };
  const simple = (): TestImage => imageOf([noiseLayer('a'), noiseLayer('b')]);
  const has = async (world: World, image: TestImage): Promise<void> => {
    for (const { diffID } of image.layers) assert.ok(await world.has(diffID), diffID);
    assert.deepEqual(readdirSync(world.puller.parts.downloads.directory), [], 'nothing is left of the archive');
  };

  const packers: Record<string, (tar: Buffer) => Buffer> = {
    plain: (tar) => tar,
    gzip: (tar) => gzipSync(tar),
    'gzip of two members': (tar) => Buffer.concat([gzipSync(tar.subarray(0, 1000)), gzipSync(tar.subarray(1000))]),
    zstd: (tar) => execFileSync('zstd', ['-q', '-c'], { input: tar, maxBuffer: 2 ** 30 }),
  };
  for (const [how, pack] of Object.entries(packers)) {
    it(`takes what docker save writes, ${how}, with the id that a pull gives`, async (t) => {
      const world = await openWorld(t, { redis: redis.url });
      const image = simple();
      const tar = tarOf(dockerArchive([{ image, tags: ['busybox:v1', 'reg.example/x/y:v2'] }]));
      const [record] = await load(world, pack(tar));
      assert.equal(record?.id, image.id);
      assert.deepEqual(record?.repoTags, ['docker.io/library/busybox:v1', 'reg.example/x/y:v2']);
      await has(world, image);

      await registry.push(`same-${how.replaceAll(' ', '-')}`, 'v1', image);
      const pulled = await world.pull(`${registry.host}/same-${how.replaceAll(' ', '-')}:v1`);
      assert.equal(pulled.id, image.id);
      assert.equal(pulled.repoTags?.length, 3);
    });
  }

  it('takes several images, equal layers as links, and one layer twice', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const [base, empty] = [noiseLayer('base'), layerOf(() => undefined)];
    const images = [imageOf([base, empty, empty]), imageOf([base])];
    const tar = tarOf(dockerArchive(images.map((image, at) => ({ image, tags: [`many:${at}`] }))));
    const beats: PullProgress[] = [];
    const records = await load(world, tar, '', beats);
    assert.deepEqual(
      records.map(({ id }) => id),
      images.map(({ id }) => id),
    );
    for (const image of images) await has(world, image);
    // It may be on the disk before the load has answered.
    const synced = beats.find(({ step }) => step === 'sync');
    assert.ok(synced);
    assert.equal(synced.bytesDone, synced.bytesTotal);
    await until(
      'the layers are on the disk',
      async () => (await world.puller.parts.store.info(base.diffID))?.synced === true,
    );
  });

  it('takes an OCI layout, compressed layers as they are', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = simple();
    const [record] = await load(
      world,
      tarOf(ociArchive(image, { 'org.opencontainers.image.ref.name': 'reg.example/app:v3' })),
    );
    assert.equal(record?.id, image.id);
    assert.equal(record?.manifestDigest, image.digest);
    assert.deepEqual(record?.repoTags, ['reg.example/app:v3']);
    assert.deepEqual(
      record?.layers?.map(({ digest }) => digest),
      image.layers.map(({ digest }) => digest),
    );
    await has(world, image);
  });

  it('makes names of what the archive and the caller say', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const tags = async (files: Files, name = ''): Promise<string[] | undefined> =>
      (await load(world, tarOf(files), name))[0]?.repoTags;
    const ref = 'org.opencontainers.image.ref.name';
    assert.deepEqual(await tags(ociArchive(simple(), { [ref]: 'v9' })), []);
    assert.deepEqual(await tags(ociArchive(simple(), { [ref]: 'v9' }), 'reg.example/app'), ['reg.example/app:v9']);
    const both = { [ref]: 'v9', 'io.containerd.image.name': 'docker.io/library/app:v9' };
    assert.deepEqual(await tags(ociArchive(simple(), both)), ['docker.io/library/app:v9']);
    assert.deepEqual(await tags(dockerArchive([{ image: simple(), tags: [] }])), []);
    assert.deepEqual(await tags(dockerArchive([{ image: simple(), tags: [] }]), 'app'), [
      'docker.io/library/app:latest',
    ]);
    await assert.rejects(
      load(world, tarOf(ociArchive(simple())), 'app:v1'),
      failsWith('INVALID_REQUEST', 'without tag'),
    );
  });

  it('moves a tag to the image that was loaded last, as a pull does', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const [first, second] = [simple(), simple()];
    await load(world, tarOf(dockerArchive([{ image: first, tags: ['moving:v1'] }])));
    await load(world, tarOf(dockerArchive([{ image: second, tags: ['moving:v1'] }])));
    assert.deepEqual((await world.records.images.get(first.id))?.repoTags, []);
    assert.deepEqual((await world.records.images.get(second.id))?.repoTags, ['docker.io/library/moving:v1']);
  });

  it('keeps what a pull wrote of the same image', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = simple();
    await registry.push('kept', 'v1', image);
    const pulled = await world.pull(`${registry.host}/kept:v1`);
    const [loaded] = await load(world, tarOf(dockerArchive([{ image, tags: ['kept:v1'] }])));
    assert.deepEqual(loaded?.layers, pulled.layers);
    assert.deepEqual(loaded?.repoDigests, pulled.repoDigests);
    assert.deepEqual(loaded?.repoTags, [...(pulled.repoTags ?? []), 'docker.io/library/kept:v1']);
  });

  describe('refuses', () => {
    const damaged = (files: Files, name: (file: string) => boolean): Files =>
      Object.fromEntries(
        Object.entries(files).map(([file, content]) => {
          if (!name(file) || !Buffer.isBuffer(content)) return [file, content];
          const bytes = Buffer.from(content);
          bytes[bytes.length - 600] = ((bytes[bytes.length - 600] ?? 0) + 1) % 256;
          return [file, bytes];
        }),
      );
    const cases: Record<string, [() => Buffer, string, ...string[]]> = {
      'a layer with other bytes than its diffID': [
        () =>
          tarOf(
            damaged(dockerArchive([{ image: simple(), tags: ['x:v1'] }]), (file) => file.endsWith('0-1/layer.tar')),
          ),
        'DIGEST_MISMATCH',
      ],
      'a blob with other bytes than its digest': [
        () => {
          const image = simple();
          return tarOf(damaged(ociArchive(image), (file) => file.endsWith(image.layers[0]?.digest.slice(7) ?? '')));
        },
        'DIGEST_MISMATCH',
        'save the image again',
      ],
      'what is missing': [
        () => {
          const files = dockerArchive([{ image: simple(), tags: ['x:v1'] }]);
          delete files['0-0/layer.tar'];
          return tarOf(files);
        },
        'IMAGE_INVALID',
        '0-0/layer.tar',
      ],
      'links that lead to each other': [
        () =>
          tarOf({
            a: { link: 'b' },
            b: { link: 'a' },
            'manifest.json': '[{"Config":"a","Layers":[]}]',
          }),
        'IMAGE_INVALID',
      ],
      'a path out of the archive': [
        () => tarOf({ 'manifest.json': '[{"Config":"../../../etc/passwd","Layers":[]}]' }),
        'IMAGE_INVALID',
        'does not hold it',
      ],
      'a tar without an image': [() => tarOf({ 'etc/passwd': 'root' }), 'IMAGE_UNSUPPORTED', 'docker export'],
      'what is no tar': [() => Buffer.from('hello '.repeat(500)), 'IMAGE_INVALID'],
      'damaged gzip': [() => gzipSync(tarOf({ x: 'x' })).fill(0, 30, 60), 'IMAGE_INVALID', 'damaged'],
      'an archive for other machines': [
        () => {
          const files = ociArchive(simple());
          const index = JSON.parse(files['index.json'] as string) as { manifests: object[] };
          index.manifests = index.manifests.map((entry) => ({
            ...entry,
            platform: { os: 'linux', architecture: 's390x' },
          }));
          return tarOf({ ...files, 'index.json': JSON.stringify(index) });
        },
        'IMAGE_PLATFORM',
      ],
    };
    for (const [what, [make, code, ...parts]] of Object.entries(cases)) {
      it(what, async (t) => {
        const world = await openWorld(t, { redis: redis.url });
        await assert.rejects(load(world, make()), failsWith(code, 'archive.tar', ...parts));
        assert.deepEqual(await world.records.images.list(), []);
        assert.deepEqual(readdirSync(world.puller.parts.downloads.directory), []);
      });
    }

    it('a path that is not there, or is no file', async (t) => {
      const world = await openWorld(t, { redis: redis.url });
      for (const path of ['/nonexistent/x.tar', '/dev/null', '/']) {
        const request = LoadImagesRequest.create({ path });
        await assert.rejects(
          async () => world.puller.handlers.loadImages(request, contextOf()),
          failsWith('INVALID_REQUEST', path),
        );
      }
    });
  });
});
