import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { imageOf, layerOf, noiseLayer } from './helpers/images.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup, until } from './helpers/scope.js';
import { contextOf, openWorld } from './helpers/world.js';

/** The figures of `du`: bytes on disk, and inodes. */
function du(...paths: string[]): { bytes: number; inodes: number } {
  const total = (flags: string[]): number =>
    Number(
      execFileSync('du', [...flags, '-s', '-c', ...paths], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .at(-1)
        ?.split('\t')[0],
    );
  return { bytes: total(['-B1']), inodes: total(['--inodes']) };
}

function isNear(actual: bigint, expected: number): void {
  assert.ok(Math.abs(Number(actual) - expected) <= expected / 100, `${actual} is not within 1 % of ${expected}`);
}

describe('ImageFsInfo', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let registry: Registry;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    registry = await startRegistry(cleanup);
  });
  after(() => cleanup.run());

  it('answers what du says of the layers', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const info = () => world.puller.handlers.imageFsInfo({}, contextOf());
    const empty = await info();
    assert.equal(empty.usedBytes, 0n);
    assert.ok(existsSync(empty.mountpoint ?? '') && existsSync(empty.containerMountpoint ?? ''));

    const files = layerOf((at) => {
      mkdirSync(join(at, 'many'));
      for (let n = 0; n < 2000; n++) writeFileSync(join(at, 'many', `${n}`), 'x'.repeat(n));
      for (let n = 0; n < 100; n++) linkSync(join(at, 'many', '1999'), join(at, `link-${n}`));
    });
    await registry.push('sizes', 'v1', imageOf([files, noiseLayer('big', 3_000_000)]));
    await world.pull(`${registry.host}/sizes:v1`);

    const used = await info();
    const expected = du(used.mountpoint ?? '');
    isNear(used.usedBytes as bigint, expected.bytes);
    isNear(used.inodesUsed as bigint, expected.inodes);
  });

  it('answers what du says of the writable layers, once they were measured', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    const uppers = ['a', 'b'].map((id) => join(world.root, 'bundles', id, 'upper'));
    for (const upper of uppers) {
      mkdirSync(join(upper, 'var', 'log'), { recursive: true });
      writeFileSync(join(upper, 'var', 'log', 'file'), Buffer.alloc(200_000, 1));
      linkSync(join(upper, 'var', 'log', 'file'), join(upper, 'again'));
      // Not written by the container: its own files beside the upper directory.
      writeFileSync(join(upper, '..', 'config.json'), Buffer.alloc(50_000));
    }
    const ask = () => world.puller.handlers.imageFsInfo({}, contextOf());
    await until('the walk is done', async () => (await ask()).containerUsedBytes !== 0n);
    const { containerUsedBytes, containerInodesUsed } = await ask();
    const expected = du(...uppers);
    assert.equal(containerUsedBytes, BigInt(expected.bytes));
    assert.equal(containerInodesUsed, BigInt(expected.inodes));
  });
});
