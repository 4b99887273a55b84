import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { imageOf, noiseLayer, type TestImage } from './helpers/images.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup } from './helpers/scope.js';
import { failsWith, openWorld } from './helpers/world.js';

describe('verifier programs', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  const image: TestImage = imageOf([noiseLayer('file')]);
  let redis: RunningServer;
  let registry: Registry;
  let name: string;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    registry = await startRegistry(cleanup);
    await registry.push('app', 'v1', image);
    name = `${registry.host}/app:v1`;
  });
  after(() => cleanup.run());

  /** A directory with shell programs; `$OUT` is the directory of what they write. */
  const programs = (t: TestContext, bodies: Record<string, string>): { directory: string; out: string } => {
    const top = mkdtempSync(join(tmpdir(), 'slipway-verifiers-'));
    const out = mkdtempSync(join(tmpdir(), 'slipway-verifiers-out-'));
    t.after(() => [top, out].forEach((path) => rmSync(path, { recursive: true })));
    for (const [file, body] of Object.entries(bodies)) {
      writeFileSync(join(top, file), `#!/bin/sh\nOUT=${out}\n${body}\n`);
      chmodSync(join(top, file), 0o755);
    }
    return { directory: top, out };
  };

  it('tells a program the image as containerd does, and takes its exit code 0 for a yes', async (t) => {
    const { directory, out } = programs(t, { a: 'printf "%s\\n" "$@" > $OUT/args; cat > $OUT/stdin; echo fine' });
    const world = await openWorld(t, { redis: redis.url, verifierDir: directory });
    assert.equal((await world.pull(name)).id, image.id);
    assert.deepEqual(readFileSync(join(out, 'args'), 'utf8').trim().split('\n'), [
      '-name',
      name,
      '-digest',
      image.digest,
      '-stdin-media-type',
      'application/vnd.oci.descriptor.v1+json',
    ]);
    assert.deepEqual(JSON.parse(readFileSync(join(out, 'stdin'), 'utf8')), {
      mediaType: image.mediaType,
      digest: image.digest,
      size: image.manifest.length,
    });
  });

  it('refuses an image with the reason of the program that says no, whatever the others say', async (t) => {
    const { directory } = programs(t, { a: 'echo fine', b: 'echo no signature by security; exit 7' });
    const world = await openWorld(t, { redis: redis.url, verifierDir: directory });
    const expected = failsWith('SIGNATURE_INVALID', join(directory, 'b'), 'exit code 7', 'no signature by security');
    await assert.rejects(world.pull(name), expected);
    assert.equal(await world.records.images.get(image.id), undefined);
    assert.equal(await world.has(image.layers[0]?.diffID ?? ''), false);
  });

  it('refuses it when a program does not answer in time, cannot be started or dies', async (t) => {
    for (const [body, text] of [
      ['sleep 60 & sleep 60', 'did not answer within 300 ms'],
      ['kill -TERM $$', 'was ended by SIGTERM'],
    ] as const) {
      const { directory } = programs(t, { a: body });
      const world = await openWorld(t, { redis: redis.url, verifierDir: directory, verifierTimeoutMs: 300 });
      await assert.rejects(world.pull(name), failsWith('SIGNATURE_INVALID', text));
    }
    const { directory } = programs(t, { a: 'exit 0' });
    chmodSync(join(directory, 'a'), 0o644);
    const world = await openWorld(t, { redis: redis.url, verifierDir: directory });
    await assert.rejects(world.pull(name), failsWith('SIGNATURE_INVALID', 'could not be started', 'EACCES'));
  });

  it('does not choke on a program that writes much and reads nothing, nor wait for what it leaves behind', async (t) => {
    const { directory } = programs(t, { a: 'head -c 300000 /dev/zero | tr "\\0" x; sleep 60 & exit 3' });
    const world = await openWorld(t, { redis: redis.url, verifierDir: directory });
    await assert.rejects(world.pull(name), failsWith('SIGNATURE_INVALID', 'xxx (cut)'));
  });

  it('asks the first so many by name', async (t) => {
    const { directory, out } = programs(t, { b: 'touch $OUT/b', a: 'touch $OUT/a', c: 'exit 1' });
    const world = await openWorld(t, { redis: redis.url, verifierDir: directory, maxVerifiers: 2 });
    assert.equal((await world.pull(name)).id, image.id);
    for (const file of ['a', 'b']) readFileSync(join(out, file));
    const all = await openWorld(t, { redis: redis.url, verifierDir: directory, maxVerifiers: -1 });
    await assert.rejects(all.pull(name), failsWith('SIGNATURE_INVALID', join(directory, 'c')));
  });

  it('asks nobody where there is no directory', async (t) => {
    const world = await openWorld(t, { redis: redis.url, verifierDir: '/nonexistent/verifiers' });
    assert.equal((await world.pull(name)).id, image.id);
  });
});
