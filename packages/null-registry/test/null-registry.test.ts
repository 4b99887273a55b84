import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { type NullRegistry, startNullRegistry } from '../src/index.js';

let registry: NullRegistry;
before(async () => {
  registry = await startNullRegistry();
});
after(() => registry.stop());

interface Manifest {
  config: { digest: string };
  layers: { digest: string; size: number; mediaType: string }[];
}

async function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: Buffer }> {
  const response = await fetch(`http://${registry.host}/v2/${path}`, { headers });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const manifestOf = async (name: string, tag: string): Promise<Manifest> =>
  JSON.parse((await get(`${name}/manifests/${tag}`)).body.toString()) as Manifest;

test('an image has the layers and sizes that its name asks for, and every digest is right', async () => {
  const { config, layers } = await manifestOf('null/3x70', 'a');
  assert.equal(layers.length, 3);
  for (const { digest, size } of layers) {
    const { body } = await get(`null/3x70/blobs/${digest}`);
    assert.equal(body.length, size);
    assert.equal(sha256(body), digest);
    assert.ok(size > 70 * 1024 && size < 73 * 1024);
  }
  const { body } = await get(`null/3x70/blobs/${config.digest}`);
  assert.equal(sha256(body), config.digest);
  const { rootfs } = JSON.parse(body.toString()) as { rootfs: { diff_ids: string[] } };
  assert.deepEqual(
    rootfs.diff_ids,
    layers.map(({ digest }) => digest),
  );
});

test('a name and tag mean the same image always, another tag another one', async () => {
  const other = await startNullRegistry();
  const there = await (await fetch(`http://${other.host}/v2/null/2x1/manifests/x`)).text();
  await other.stop();
  assert.equal((await get('null/2x1/manifests/x')).body.toString(), there);
  assert.notEqual((await get('null/2x1/manifests/y')).body.toString(), there);
});

test('any part of a blob is that part, across the ends of what it is made of', async () => {
  const { layers } = await manifestOf('null/1x600', 'parts');
  const path = `null/1x600/blobs/${layers[0]?.digest}`;
  const whole = (await get(path)).body;
  for (const [from, to] of [
    [0, 10],
    [500, 530],
    [511, 512],
    [600, 300_001],
    [262_655, 262_657],
    [614_900, whole.length - 1],
    [whole.length - 3, whole.length - 1],
  ] as const) {
    const { status, body } = await get(path, { range: `bytes=${from}-${to}` });
    assert.equal(status, 206);
    assert.ok(body.equals(whole.subarray(from, to + 1)), `${from}-${to}`);
  }
  assert.equal((await get(path, { range: `bytes=${whole.length}-` })).status, 416);
});

test('what it does not make up is not there, and only loopback is served', async () => {
  assert.equal((await get('library/alpine/manifests/latest')).status, 404);
  assert.equal((await get('null/200x1/manifests/latest')).status, 404);
  assert.equal((await get(`null/1x1/blobs/sha256:${'0'.repeat(64)}`)).status, 404);
  const put = await fetch(`http://${registry.host}/v2/null/1x1/blobs/uploads/`, { method: 'POST' });
  assert.equal(put.status, 405);
  await assert.rejects(startNullRegistry({ address: '0.0.0.0' }), (error) => {
    assert.ok(isSlipwayError(error));
    assert.match(error.message, /not a loopback address/);
    return true;
  });
});
