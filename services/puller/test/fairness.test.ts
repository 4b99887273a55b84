import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { imageOf, noiseLayer } from './helpers/images.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup, until } from './helpers/scope.js';
import { openWorld } from './helpers/world.js';

/** A registry whose manifests are whole and whose layers come a few bytes at a time, for ever. */
async function tricklingRegistry(scope: Cleanup, image: ReturnType<typeof imageOf>, names: readonly string[]) {
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const layer = image.layers.find(({ digest }) => path.endsWith(digest));
    if (path.endsWith(`/blobs/${image.id}`)) return void response.end(image.config);
    if (path.includes('/manifests/'))
      return void response.writeHead(200, { 'content-type': image.mediaType }).end(image.manifest);
    if (!layer) return void response.end('{}');
    asked.add(path);
    response.writeHead(200, { 'content-length': layer.blob.length });
    const timer = setInterval(() => response.write(Buffer.alloc(400)), 100);
    response.once('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, references: names.map((name) => `${host}/${name}:v1`) };
}

describe('pulls of many', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let registry: Registry;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    registry = await startRegistry(cleanup);
  });
  after(() => cleanup.run());

  it('are not held up by registries that trickle, not even for a layer that those claim to have', async (t) => {
    const world = await openWorld(t, { redis: redis.url, parallel: 1, transfer: { minBytesPerSecond: 1024 } });
    const [base, other] = [noiseLayer('base', 3_000_000), noiseLayer('other', 3_000_000)];
    const hostile = imageOf([base, noiseLayer('own', 3_000_000)]);
    const trickling = await tricklingRegistry(cleanup, hostile, ['x', 'y', 'z']);
    const more = await tricklingRegistry(cleanup, hostile, ['x', 'y', 'z']);
    const stop = new AbortController();
    const references = [...trickling.references, ...more.references];
    const slow = references.map((reference) => world.pull(reference, { signal: stop.signal }).catch(() => undefined));
    await until('both registries are asked for layers', () => trickling.asked.size > 0 && more.asked.size > 0);

    const images = [imageOf([base]), imageOf([other]), imageOf([base, other])];
    for (const [at, image] of images.entries()) await registry.push(`good${at}`, 'v1', image);
    const pulled = await Promise.all(images.map((_, at) => world.pull(`${registry.host}/good${at}:v1`)));

    assert.deepEqual(
      pulled.map(({ id }) => id),
      images.map(({ id }) => id),
    );
    assert.ok(await world.has(base.diffID));
    stop.abort(new Error('enough'));
    await Promise.all(slow);
  });
});
