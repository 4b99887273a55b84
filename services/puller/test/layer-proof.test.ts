import assert from 'node:assert/strict';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Digest, digestOf } from '@slipway/digest';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { imageOf, noiseLayer, type TestImage, type TestLayer } from './helpers/images.js';
import { Cleanup, type Scope } from './helpers/scope.js';
import { failsWith, openWorld } from './helpers/world.js';

const basic = (user: string): string => `Basic ${Buffer.from(`${user}:pw`).toString('base64')}`;

/** A registry that serves what it is given; `users` may read a repository, empty: everybody. */
async function registryOf(
  scope: Scope,
  images: Record<string, { image: TestImage; users?: string[]; lacks?: string[] }>,
) {
  const gets: string[] = [];
  const server = createServer((request, response) => {
    const [, name = '', kind, what = ''] = /^\/v2\/([^/]+)\/(blobs|manifests)\/(.+)$/.exec(request.url ?? '') ?? [];
    const found = images[name];
    if (!found) return void response.writeHead(kind ? 404 : 200).end('{}');
    const { image, users = [], lacks = [] } = found;
    if (users.length > 0 && !users.some((user) => request.headers.authorization === basic(user)))
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    const blobs = new Map<string, Buffer>([
      [image.id, image.config],
      ...image.layers.map(({ digest, blob }) => [digest, blob] as const),
    ]);
    const body = kind === 'manifests' ? image.manifest : lacks.includes(what) ? undefined : blobs.get(what);
    if (!body) return void response.writeHead(404).end('{}');
    if (request.method === 'GET' && kind === 'blobs' && what !== image.id) gets.push(`${name} ${what}`);
    response.writeHead(200, {
      'content-length': body.length,
      'content-type': kind === 'manifests' ? image.mediaType : 'x/y',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, gets };
}

/** The same layer in another compression. */
function packedAgain({ blob, diffID }: TestLayer): TestLayer {
  const again = gzipSync(gunzipSync(blob), { level: 9, memLevel: 9, strategy: 2 });
  return { blob: again, digest: digestOf(again), diffID };
}

/** An image that claims a layer and names a blob of its own for it. */
const claiming = (claimed: TestLayer, blob: Buffer): TestImage =>
  imageOf([{ blob, digest: digestOf(blob), diffID: claimed.diffID }]);

describe('a layer that is there', () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
  });
  after(() => cleanup.run());

  it('is not given to an image that claims it without having its blob', async (t) => {
    const layer = noiseLayer('private');
    const image = imageOf([layer]);
    const owner = await registryOf(cleanup, {
      app: { image, users: ['tenant'] },
      // The other user's repository names the blob and does not have it.
      other: { image, users: ['stranger'], lacks: [layer.digest] },
      shared: { image, users: ['stranger'] },
    });
    const evil = await registryOf(cleanup, {
      bogus: { image: claiming(layer, Buffer.from('nothing')) },
      junk: { image: claiming(layer, gzipSync('nothing')) },
      named: { image, lacks: [layer.digest] },
    });
    const world = await openWorld(t, { redis: redis.url });
    const auth = (username: string) => ({ auth: { username, password: 'pw' } as never });
    await world.pull(`${owner.host}/app:v1`, auth('tenant'));
    await assert.rejects(world.pull(`${evil.host}/bogus:v1`), failsWith('DIGEST_MISMATCH'));
    await assert.rejects(world.pull(`${evil.host}/junk:v1`), failsWith('DIGEST_MISMATCH'));
    await assert.rejects(world.pull(`${evil.host}/named:v1`), failsWith('REGISTRY_NOT_FOUND'));
    await assert.rejects(world.pull(`${owner.host}/other:v1`, auth('stranger')), failsWith('REGISTRY_NOT_FOUND'));
    assert.deepEqual(owner.gets, [`app ${layer.digest}`]);
    // A client to which the registry grants the blob does not fetch it again.
    await world.pull(`${owner.host}/shared:v1`, auth('stranger'));
    await world.pull(`${owner.host}/app:v1`, auth('tenant'));
    assert.deepEqual(owner.gets, [`app ${layer.digest}`]);
  });

  it('is shared among registries without being fetched again where it was open, else by its bytes', async (t) => {
    const layer = noiseLayer('base');
    const again = packedAgain(layer);
    assert.notEqual(again.digest, layer.digest);
    const [one, two] = [
      await registryOf(cleanup, { app: { image: imageOf([layer]) } }),
      await registryOf(cleanup, {
        same: { image: imageOf([layer, noiseLayer('top')]) },
        packed: { image: imageOf([again]) },
        twice: { image: imageOf([again, noiseLayer('more')]) },
      }),
    ];
    const world = await openWorld(t, { redis: redis.url });
    const fetched = (digest: Digest): number => two.gets.filter((get) => get.endsWith(digest)).length;
    await world.pull(`${one.host}/app:v1`);
    await world.pull(`${two.host}/same:v1`);
    assert.equal(fetched(layer.digest), 0);
    await world.pull(`${two.host}/packed:v1`);
    await world.pull(`${two.host}/twice:v1`);
    assert.equal(fetched(again.digest), 1, 'another compression is compared once');
  });
});
