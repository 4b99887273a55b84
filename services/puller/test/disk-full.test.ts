import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { imageOf, layerOf, noiseLayer } from './helpers/images.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup, until } from './helpers/scope.js';
import { failsWith, openWorld } from './helpers/world.js';

/** A puller whose store is on a disk of 3 MiB. */
async function smallWorld(t: TestContext, redis: string): Promise<Awaited<ReturnType<typeof openWorld>>> {
  const undo = new Cleanup();
  t.after(() => undo.run());
  const root = mkdtempSync(join(tmpdir(), 'slipway-puller-full-'));
  undo.after(() => rmSync(root, { recursive: true }));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'slipway-test', root]);
  // A file of a pull that was given up is closed in a thread: the file system is busy until then.
  undo.after(() => until(`${root} is unmounted`, () => spawnSync('umount', [root]).status === 0));
  return await openWorld(undo, { redis, root });
}

describe('PullImage on a full disk', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let registry: Registry;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    registry = await startRegistry(cleanup);
  });
  after(() => cleanup.run());

  it('in the middle of unpacking says where, and leaves nothing half-made', async (t) => {
    const world = await smallWorld(t, redis.url);
    const zeros = layerOf((directory) => writeFileSync(join(directory, 'zeros'), Buffer.alloc(8_000_000)));
    await registry.push('zeros', 'v1', imageOf([zeros]));
    await assert.rejects(
      world.pull(`${registry.host}/zeros:v1`),
      failsWith('DISK_FULL', world.root, 'bytes', './zeros', zeros.digest),
    );
    assert.deepEqual(readdirSync(join(world.root, 'downloads')), []);
    assert.deepEqual(readdirSync(join(world.root, 'layers', 'tmp')), []);
    assert.deepEqual(await world.puller.parts.store.list(), []);
  });

  it('in the middle of fetching says where', async (t) => {
    const world = await smallWorld(t, redis.url);
    const image = imageOf([noiseLayer('small'), noiseLayer('big', 4_000_000)]);
    await registry.push('full', 'v1', image);
    await assert.rejects(world.pull(`${registry.host}/full:v1`), failsWith('DISK_FULL', world.root, 'make room'));
    assert.deepEqual(await world.records.images.list(), []);
    assert.deepEqual(readdirSync(join(world.root, 'downloads')), []);
    assert.equal(await world.has(image.layers[1]?.diffID ?? ''), false);
  });
});
