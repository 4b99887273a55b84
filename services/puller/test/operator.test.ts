import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CollectGarbageRequest, ExplainImageRequest } from '@slipway/contracts';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { Metrics } from '@slipway/telemetry';
import { imageOf, noiseLayer } from './helpers/images.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup } from './helpers/scope.js';
import { contextOf, failsWith, openWorld, type World } from './helpers/world.js';

describe('what people ask a puller', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let registry: Registry;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    registry = await startRegistry(cleanup);
  });
  after(() => cleanup.run());

  const collect = async (world: World, dryRun: boolean) =>
    world.puller.handlers.collectGarbage(CollectGarbageRequest.create({ dryRun }), contextOf());

  it('what would go and why, and only then takes it', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const [gone, used, kept] = [noiseLayer('gone'), noiseLayer('used'), noiseLayer('kept')];
    await registry.push('first', 'v1', imageOf([gone, used]));
    await registry.push('second', 'v1', imageOf([kept]));
    const { id } = await world.pull(`${registry.host}/first:v1`);
    await world.pull(`${registry.host}/second:v1`);
    // Not by the puller's own way, which would take the layers along.
    await world.records.images.delete(id);
    await world.addContainer({ id: 'c1', imageId: id, layers: [used.diffID] });
    const stale = world.puller.parts.downloads.path(`sha256:${'a'.repeat(64)}`);
    writeFileSync(stale, 'x'.repeat(5000));
    utimesSync(stale, 0, 0);

    const look = await collect(world, true);
    const items = look.items ?? [];
    assert.deepEqual(
      items.map(({ kind, id: of }) => [kind, of]),
      [
        ['layer', gone.diffID],
        ['partial', `sha256:${'a'.repeat(64)}`],
      ],
    );
    assert.match(items[0]?.reason ?? '', /no image, no container and no pull/);
    assert.ok((items[0]?.bytes ?? 0n) > 0n);
    assert.match(items[1]?.reason ?? '', /nobody went on with it for [\d.]+ hours/);
    assert.deepEqual(
      new Map(look.kept?.map(({ id: of, reason }) => [of, reason])),
      new Map([
        [used.diffID, 'container c1'],
        [kept.diffID, `image ${registry.host}/second:v1`],
      ]),
    );
    assert.ok(await world.has(gone.diffID), 'a look takes nothing');

    assert.deepEqual((await collect(world, false)).items?.length, 2);
    assert.equal(await world.has(gone.diffID), false);
    assert.ok((await world.has(used.diffID)) && (await world.has(kept.diffID)));
    assert.deepEqual((await collect(world, true)).items, []);
  });

  it("an image's layers on disk, and who uses them", async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const [shared, own] = [noiseLayer('shared'), noiseLayer('own', 100_000)];
    await registry.push('one', 'v1', imageOf([shared, own]));
    await registry.push('two', 'v1', imageOf([shared]));
    const { id } = await world.pull(`${registry.host}/one:v1`);
    await world.pull(`${registry.host}/two:v1`);
    await world.addContainer({ id: 'c1', imageId: id });
    const { layers, containers } = await world.puller.handlers.inspectImage({ id }, contextOf());
    assert.deepEqual(
      layers?.map(({ diffId, present, images }) => [diffId, present, images]),
      [
        [shared.diffID, true, 2],
        [own.diffID, true, 1],
      ],
    );
    assert.ok((layers?.[1]?.bytes ?? 0n) >= 100_000n);
    assert.deepEqual(containers, ['c1']);
    await assert.rejects(
      async () => world.puller.handlers.inspectImage({ id: 'sha256:0' }, contextOf()),
      failsWith('IMAGE_NOT_FOUND'),
    );
  });

  it('which hosts it would ask, and with which credentials of the node', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'slipway-puller-explain-'));
    t.after(() => rmSync(directory, { recursive: true }));
    mkdirSync(join(directory, 'certs.d', 'up.example'), { recursive: true });
    const hosts = join(directory, 'certs.d', 'up.example', 'hosts.toml');
    writeFileSync(hosts, 'server = "https://up.example"\n\n[host."http://mirror.example:5000"]\n');
    const authFile = join(directory, 'auth.json');
    writeFileSync(
      authFile,
      JSON.stringify({ auths: { 'up.example': { auth: Buffer.from('me:secret').toString('base64') } } }),
    );
    const world = await openWorld(t, { redis: redis.url, registryDirs: [join(directory, 'certs.d')], authFile });
    const explain = async (reference: string) =>
      world.puller.handlers.explainImage(ExplainImageRequest.create({ reference }), contextOf());

    const answer = await explain('up.example/app');
    assert.equal(answer.reference, 'up.example/app:latest');
    assert.deepEqual(
      answer.hosts?.map(({ url, source, credentials }) => [url, source, credentials]),
      [
        ['http://mirror.example:5000/v2', `${hosts}:3`, 'none: anonymous'],
        ['https://up.example/v2', `${hosts}:1`, authFile],
      ],
    );
    assert.doesNotMatch(JSON.stringify(answer), /secret|bWU6/);
    const other = await explain('busybox');
    assert.deepEqual(other.passed, [join(directory, 'certs.d', 'docker.io'), join(directory, 'certs.d', '_default')]);

    writeFileSync(hosts, '[host."https://a.example"]\n[host."a.example"]\n');
    await assert.rejects(explain('up.example/app'), failsWith('INVALID_CONFIG', `${hosts}:2`, 'same as'));
    writeFileSync(authFile, '{\n"auths": }');
    await assert.rejects(explain('busybox'), failsWith('INVALID_CONFIG', authFile));
  });

  it('uses the credentials of the node where the call brings none', async (t) => {
    const closed = await startRegistry(t, { auth: true });
    const image = imageOf([noiseLayer('a')]);
    await closed.push('private', 'v1', image);
    const directory = mkdtempSync(join(tmpdir(), 'slipway-puller-auth-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const authFile = join(directory, 'auth.json');
    const world = await openWorld(t, { redis: redis.url, authFile });
    await assert.rejects(world.pull(`${closed.host}/private:v1`), failsWith('REGISTRY_DENIED'));
    writeFileSync(authFile, JSON.stringify({ auths: { [closed.host]: { username: 'tester', password: 's3cret' } } }));
    assert.equal((await world.pull(`${closed.host}/private:v1`)).id, image.id);
  });

  it('counts bytes, layers and the time in each step', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const image = imageOf([noiseLayer('a', 300_000), noiseLayer('b', 300_000)]);
    await registry.push('counted', 'v1', image);
    const metrics = new Metrics();
    world.puller.parts.stats.register(metrics);
    const value = async (sample: string): Promise<number> => {
      const line = (await metrics.expose()).text.split('\n').find((one) => one.startsWith(`${sample} `));
      assert.ok(line, sample);
      return Number(line.split(' ')[1]);
    };
    await world.pull(`${registry.host}/counted:v1`);
    const bytes = image.layers.reduce((sum, { blob }) => sum + blob.length, 0);
    assert.equal(await value('slipway_pull_bytes_total'), bytes);
    assert.equal(await value('slipway_pull_layers_total'), 2);
    assert.ok((await value('slipway_pull_bytes_per_second')) > 0);
    for (const step of ['resolve', 'fetch']) {
      assert.ok((await value(`slipway_pull_step_seconds_total{step="${step}"}`)) > 0, step);
    }
    // Existing layers are not counted again.
    await world.pull(`${registry.host}/counted:v1`);
    assert.equal(await value('slipway_pull_bytes_total'), bytes);
  });
});
