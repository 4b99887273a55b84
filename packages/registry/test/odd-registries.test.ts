import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type ErrorCode, isSlipwayError } from '@slipway/errors';
import { mediaTypes, parseManifest, parseReference, RegistryClient } from '../src/index.js';
import {
  type Fault,
  FaultyRegistry,
  resetAfter,
  sendContent,
  stallAfter,
  statusTimes,
} from './helpers/faulty-registry.js';
import { descriptorOf, entryOf, makeImage, makeIndex } from './helpers/images.js';
import { tempDir } from './helpers/temp.js';
import { startTokenServer } from './helpers/token-server.js';

const platform = { os: 'linux', architecture: 'amd64' };
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

const failsWith = (code: ErrorCode, text: RegExp) => (error: unknown) => {
  assert.ok(isSlipwayError(error), String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, text);
  return true;
};

async function setUp(t: TestContext, options: ConstructorParameters<typeof RegistryClient>[0] = {}) {
  const registry = await FaultyRegistry.start(t);
  const image = makeImage();
  registry.addImage('v1', image);
  const client = new RegistryClient({ backoffMs: 1, attempts: 3, ...options });
  t.after(() => client.close());
  return { registry, image, client, reference: parseReference(`${registry.host}/app:v1`) };
}

/** A mirror before a registry; both have the image. */
async function mirrored(t: TestContext, options: ConstructorParameters<typeof RegistryClient>[0] = {}) {
  const [root, mirror, server] = [await tempDir(t), await FaultyRegistry.start(t), await FaultyRegistry.start(t)];
  const image = makeImage({ layers: [randomBytes(300_000)] });
  for (const one of [mirror, server]) one.addImage('v1', image);
  await mkdir(join(root, 'up.example'));
  const toml = `server = "http://${server.host}"\n[host."http://${mirror.host}"]\n`;
  await writeFile(join(root, 'up.example', 'hosts.toml'), toml);
  // A pause between tries that no test could bear: whoever waits for it fails by the time-out.
  const client = new RegistryClient({ hostsDirs: [root], backoffMs: 600_000, attempts: 5, ...options });
  t.after(() => client.close());
  const pull = async () => {
    const resolved = await client.resolve(parseReference('up.example/app:v1'), { platform });
    const path = join(await tempDir(t), 'layer');
    const descriptor = resolved.layers[0] as (typeof resolved.layers)[0];
    const done = await client.downloadBlob(descriptor, { reference: resolved.reference, path });
    assert.deepEqual(await readFile(path), image.layers[0]);
    return { resolved, done };
  };
  return { mirror, server, image, client, pull };
}

test('Docker images whose config has an old media type, or none, are images', () => {
  const image = makeImage({ docker: true });
  const manifest = JSON.parse(image.manifest.toString()) as { config: object };
  for (const mediaType of [
    'application/octet-stream',
    'application/json',
    'text/html',
    'text/html; charset=utf-8',
    '',
    undefined,
  ]) {
    const bytes = json({ ...manifest, config: { ...manifest.config, mediaType } });
    assert.equal(parseManifest(bytes, image.mediaType, 'x').kind, 'image', String(mediaType));
  }
  for (const [mediaType, config] of [
    [mediaTypes.dockerManifest, 'application/vnd.cncf.helm.config.v1+json'],
    [mediaTypes.ociManifest, 'application/json'],
  ]) {
    const bytes = json({ ...manifest, mediaType, config: { ...manifest.config, mediaType: config } });
    assert.throws(() => parseManifest(bytes, '', 'x'), failsWith('IMAGE_UNSUPPORTED', /not a container image/));
  }
});

test('a redirect to a host that wants a token gets an anonymous one, and never the first host’s secret', async (t) => {
  const { registry, image, client, reference } = await setUp(t);
  const [store, tokens] = [await FaultyRegistry.start(t), await startTokenServer(t)];
  store.addImage('v1', image);
  const redirect = (path: string): string => `http://${store.host}${path.replace('/v2/app/', '/v2/other/')}`;
  registry.fault = ({ headers, path }, response) => {
    if (headers.authorization) response.writeHead(307, { location: redirect(path) }).end();
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    return true;
  };
  store.fault = ({ headers }, response) => {
    if (headers.authorization === 'Bearer granted') return false;
    const challenge = `Bearer realm="${tokens.url}",service="store",scope="repository:other:pull"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
    return true;
  };
  const credentials = { username: 'user', password: 'secret' };
  const resolved = await client.resolve(reference, { credentials, platform });
  assert.equal(resolved.manifestDigest, image.digest);
  const path = join(await tempDir(t), 'layer');
  await client.downloadBlob(resolved.layers[0] as never, { reference, credentials, path });
  assert.equal(tokens.seen.length, 1, 'the token serves all requests there');
  assert.equal(tokens.seen[0]?.parameters.get('scope'), 'repository:other:pull');
  assert.equal(tokens.seen[0]?.authorization, undefined);
  assert.ok(store.seen.every(({ headers }) => !headers.authorization?.startsWith('Basic')));
  tokens.decide = () => ({ status: 401 });
  const other = await setUp(t);
  other.registry.fault = registry.fault;
  await assert.rejects(
    other.client.resolve(other.reference, { credentials }),
    failsWith('REGISTRY_DENIED', /no anonymous token/),
  );
});

test('a mirror that serves junk, refuses or breaks off costs a pull nothing while another host is there', async (t) => {
  const junk: Fault = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>please log in</html>');
    return true;
  };
  const other: Fault = (_request, response) => {
    response.writeHead(200, { 'docker-content-digest': 'sha256:none' }).end('{"errors":[]}');
    return true;
  };
  const reset: Fault = (_request, response) => {
    response.socket?.resetAndDestroy();
    return true;
  };
  const faults: [string, Fault, boolean][] = [
    ['a page for people', junk, false],
    ['JSON that is no manifest', other, false],
    ['429', statusTimes(429, 1000, { 'retry-after': '50' }), true],
    ['503', statusTimes(503, 1000), true],
    ['a reset', reset, true],
  ];
  for (const [name, fault, remembered] of faults) {
    await t.test(name, async (t) => {
      // A host that served bytes, be they junk, is asked for the rest once more after a pause: it may be restarting.
      const { mirror, server, pull } = await mirrored(t, remembered ? {} : { backoffMs: 20 });
      mirror.fault = fault;
      const { resolved, done } = await pull();
      assert.equal(resolved.host, `http://${server.host}`);
      assert.equal(done.host, `http://${server.host}`);
      const before = mirror.seen.length;
      await pull();
      if (remembered) assert.equal(mirror.seen.length, before, 'it is not asked again immediately');
    });
  }
  await t.test('a blob that never begins, or stops', async (t) => {
    const { mirror, server, pull } = await mirrored(t, { noProgressMs: 200, minBytesPerSecond: 0 });
    mirror.blobFault = (request, response, content, count) =>
      request.path.endsWith('x') || content === undefined || content.length < 100_000
        ? false
        : stallAfter(100_000)(request, response, content, count);
    const { resolved, done } = await pull();
    assert.equal(resolved.host, `http://${mirror.host}`);
    assert.equal(done.host, `http://${server.host}`);
    assert.match(server.seen.at(-1)?.headers.range ?? '', /^bytes=100000-/, 'what came from the mirror is kept');
  });
});

test('when every host fails in a way that may pass, all of them are asked again', async (t) => {
  const { mirror, server, pull } = await mirrored(t, { backoffMs: 1 });
  server.fault = statusTimes(503, 1000);
  mirror.fault = statusTimes(502, 2);
  const { resolved } = await pull();
  assert.equal(resolved.host, `http://${mirror.host}`);
  mirror.fault = statusTimes(502, 1000);
  await assert.rejects(
    pull(),
    failsWith('REGISTRY_UNAVAILABLE', new RegExp(`${mirror.host}: .*502.*${server.host}: .*503`)),
  );
});

test('bodies that a server compressed without having been asked', async (t) => {
  const { registry, image, client, reference } = await setUp(t);
  const layer = gzipSync(randomBytes(50_000));
  registry.addBlob(layer);
  const compressed =
    (withLength: boolean): Fault =>
    (_request, response, content) => {
      if (!content) return false;
      const body = gzipSync(content);
      response.writeHead(200, {
        'content-encoding': 'gzip',
        ...(withLength ? { 'content-length': body.length } : {}),
      });
      response.write(body.subarray(0, 20));
      response.end(body.subarray(20));
      return true;
    };
  const labelled =
    (withLength: boolean): Fault =>
    (_request, response, content) => {
      if (!content) return false;
      response.writeHead(200, {
        'content-encoding': 'gzip',
        ...(withLength ? { 'content-length': content.length } : {}),
      });
      response.write(content.subarray(0, 20));
      response.end(content.subarray(20));
      return true;
    };
  for (const [name, fault] of [
    ['compressed, with its length', compressed(true)],
    ['compressed, without', compressed(false)],
    ['stored compressed and said to be so', labelled(true)],
    ['the same without a length', labelled(false)],
  ] as const) {
    registry.fault = fault;
    assert.equal((await client.resolve(reference, { platform })).manifestDigest, image.digest, name);
    const path = join(await tempDir(t), 'layer');
    await client.downloadBlob(descriptorOf(layer, 'x'), { reference, path });
    assert.deepEqual(await readFile(path), layer, name);
  }
  registry.fault = (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50 << 20)));
    return true;
  };
  await assert.rejects(client.resolve(reference), failsWith('LIMIT_EXCEEDED', /larger than the allowed/));
});

test('a resumed range that is refused with 416 begins again from the start, in the same pull', async (t) => {
  const { registry, client, reference } = await setUp(t);
  const layer = randomBytes(2_000_000);
  registry.addBlob(layer);
  const cut = resetAfter(700_000, 1);
  registry.blobFault = (request, response, content, count) => {
    if (!request.headers.range) return cut(request, response, content, count);
    response.writeHead(416, { 'content-range': `bytes */${layer.length}` }).end();
    return true;
  };
  const path = join(await tempDir(t), 'layer');
  for (const ranges of [{ parallel: 1 }, { parallel: 3, pieceBytes: 300_000 }]) {
    await writeFile(path, layer.subarray(0, 400_000));
    await client.downloadBlob(descriptorOf(layer, 'x'), { reference, path, ranges });
    assert.deepEqual(await readFile(path), layer);
  }
});

test('206 to a request without a range is taken where it holds all of it', async (t) => {
  const { registry, image, client, reference } = await setUp(t);
  registry.fault = (request, response, content) => {
    if (!content) return false;
    sendContent({ ...request, headers: { range: request.headers.range ?? 'bytes=0-' } }, response, content);
    return true;
  };
  const resolved = await client.resolve(reference, { platform });
  assert.equal(resolved.manifestDigest, image.digest);
  const path = join(await tempDir(t), 'layer');
  await client.downloadBlob(resolved.layers[0] as never, { reference, path });
  registry.fault = (request, response, content) => {
    if (!content) return false;
    sendContent({ ...request, headers: { range: 'bytes=0-9' } }, response, content);
    return true;
  };
  await assert.rejects(client.resolve(reference), failsWith('REGISTRY_ERROR', /206/));
});

test('a registry that asks for a login at /v2/ only gets it', async (t) => {
  const image = makeImage();
  const tokens = await startTokenServer(t);
  for (const [challenge, status] of [
    ['Basic realm="x"', 404],
    ['Basic realm="x"', 401],
    [`Bearer realm="${tokens.url}",service="x"`, 403],
  ] as const) {
    const registry = await FaultyRegistry.start(t);
    registry.addImage('v1', image);
    registry.root = challenge;
    registry.fault = ({ headers }, response) => {
      if (headers.authorization) return false;
      response.writeHead(status).end('{}');
      return true;
    };
    const client = new RegistryClient({ backoffMs: 1, attempts: 2 });
    t.after(() => client.close());
    const reference = parseReference(`${registry.host}/app:v1`);
    const credentials = { username: 'user', password: 'secret' };
    assert.equal((await client.resolve(reference, { credentials, platform })).manifestDigest, image.digest);
    // Without credentials for a login the answer stays what it was.
    if (challenge.startsWith('Basic') && status === 404)
      await assert.rejects(client.resolve(reference, { platform }), failsWith('REGISTRY_NOT_FOUND', /not found/));
  }
});

test('an index whose first entries are artifacts leads to the image behind them', async (t) => {
  const { registry, image, client, reference } = await setUp(t);
  const chart = makeImage({ configMediaType: 'application/vnd.cncf.helm.config.v1+json' });
  const empty = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, artifactType: 'application/x.sbom' };
  const sbom = json({ ...empty, config: descriptorOf(Buffer.from('{}'), mediaTypes.ociEmpty), layers: [] });
  const index = makeIndex([
    { ...descriptorOf(sbom, mediaTypes.ociManifest), artifactType: 'application/x.sbom' },
    { ...descriptorOf(sbom, mediaTypes.ociManifest), platform },
    entryOf(chart, platform),
    entryOf(image, platform),
  ]);
  registry.addManifest('v1', index.bytes, index.mediaType);
  registry.addImage('chart', chart);
  registry.addManifest(descriptorOf(sbom, '').digest, sbom, mediaTypes.ociManifest);
  assert.equal((await client.resolve(reference, { platform })).manifestDigest, image.digest);
  const only = makeIndex([entryOf(chart, platform)]);
  registry.addManifest('v1', only.bytes, only.mediaType);
  await assert.rejects(client.resolve(reference, { platform }), failsWith('IMAGE_UNSUPPORTED', /Helm/));
});

test('a foreign layer comes from where its descriptor says, without credentials', async (t) => {
  const { registry, client, reference } = await setUp(t);
  const store = await FaultyRegistry.start(t);
  const layer = randomBytes(10_000);
  store.addBlob(layer);
  const descriptor = descriptorOf(layer, 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip');
  const urls = [
    'ftp://x/y',
    `http://${store.host}/v2/gone/blobs/none`,
    `http://${store.host}/v2/x/blobs/${descriptor.digest}`,
  ];
  const path = join(await tempDir(t), 'layer');
  const credentials = { username: 'user', password: 'secret' };
  await client.downloadBlob({ ...descriptor, urls }, { reference, path, credentials });
  assert.deepEqual(await readFile(path), layer);
  assert.equal(registry.blobRequests(descriptor.digest).length, 1, 'the registry is asked first');
  assert.ok(store.seen.every(({ headers }) => headers.authorization === undefined));
});
