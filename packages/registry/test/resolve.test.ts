import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type ErrorCode, isSlipwayError } from '@slipway/errors';
import { digestOf } from '@slipway/digest';
import { mediaTypes, parseReference, RegistryClient } from '../src/index.js';
import { type DebianRegistry, noRegistry, startRegistry } from './helpers/debian-registry.js';
import { FaultyRegistry, redirectTo, sendError, statusTimes, wrongBytes } from './helpers/faulty-registry.js';
import { descriptorOf, entryOf, makeImage, makeIndex } from './helpers/images.js';
import { freePort } from '@slipway/test-servers';
import { Cleanup } from './helpers/temp.js';

const amd64 = { os: 'linux', architecture: 'amd64' };

const failsWith = (code: ErrorCode, text: RegExp) => (error: unknown) => {
  assert.ok(isSlipwayError(error), String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, text);
  return true;
};

const serve = async (t: { after(fn: () => Promise<void>): void }, bytes: Buffer, mediaType: string) => {
  const registry = await FaultyRegistry.start(t);
  registry.addManifest('v1', bytes, mediaType);
  const client = new RegistryClient({ backoffMs: 1, attempts: 3 });
  t.after(() => client.close());
  return { registry, client, reference: parseReference(`${registry.host}/app:v1`) };
};
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

suite("resolving from Debian's docker-registry", { skip: noRegistry }, () => {
  const cleanup = new Cleanup();
  let registry: DebianRegistry;
  let client: RegistryClient;
  before(async () => {
    registry = await startRegistry(cleanup);
    client = new RegistryClient();
    cleanup.after(() => client.close());
  });
  after(() => cleanup.run());

  for (const docker of [false, true]) {
    test(`a ${docker ? 'Docker schema 2' : 'OCI'} image by tag, by digest and by both`, async () => {
      const image = makeImage({ docker });
      await registry.push('team/app', 'v1', image);
      for (const name of [`team/app:v1`, `team/app@${image.digest}`, `team/app:gone@${image.digest}`]) {
        const resolved = await client.resolve(parseReference(`${registry.host}/${name}`), { platform: amd64 });
        assert.equal(resolved.resolvedDigest, image.digest);
        assert.equal(resolved.manifestDigest, image.digest);
        assert.equal(resolved.config.digest, digestOf(image.config));
        assert.deepEqual(resolved.layers, image.layerDescriptors);
        assert.deepEqual(Buffer.from(resolved.manifestBytes), image.manifest);
        assert.deepEqual(Buffer.from(resolved.configBytes), image.config);
        assert.equal(resolved.host, `http://${registry.host}`);
      }
      const head = await client.resolveDigest(parseReference(`${registry.host}/team/app:v1`));
      assert.equal(head.digest, image.digest);
    });
  }

  for (const docker of [false, true]) {
    test(`an ${docker ? 'Docker list' : 'OCI index'} leads to the best platform`, async () => {
      const platforms = [
        { os: 'linux', architecture: 'arm', variant: 'v6' },
        { os: 'linux', architecture: 'arm64', variant: 'v8' },
        { os: 'linux', architecture: 'arm', variant: 'v7' },
        { os: 'linux', architecture: '386' },
        amd64,
      ];
      const images = platforms.map((platform) => makeImage({ docker, platform }));
      for (const [at, image] of images.entries()) await registry.push('multi', `p${at}`, image);
      const entries = images.map((image, at) => entryOf(image, platforms[at]));
      const index = makeIndex(entries, docker ? mediaTypes.dockerList : mediaTypes.ociIndex);
      await registry.pushManifest('multi', 'all', index.bytes, index.mediaType);
      const pick = async (platform: { os: string; architecture: string; variant?: string }) => {
        const resolved = await client.resolve(parseReference(`${registry.host}/multi:all`), { platform });
        assert.equal(resolved.resolvedDigest, index.digest);
        return images.findIndex(({ digest }) => digest === resolved.manifestDigest);
      };
      assert.equal(await pick(amd64), 4);
      assert.equal(await pick({ os: 'linux', architecture: 'arm64' }), 1);
      assert.equal(await pick({ os: 'linux', architecture: 'arm' }), 2);
      assert.equal(await pick({ os: 'linux', architecture: 'arm', variant: 'v6' }), 0);
      await assert.rejects(
        pick({ os: 'linux', architecture: 's390x' }),
        failsWith(
          'IMAGE_PLATFORM',
          /linux\/s390x; available: linux\/386, linux\/amd64, linux\/arm\/v6, linux\/arm\/v7, linux\/arm64/,
        ),
      );
    });
  }

  test('an unknown tag is not found, and the error names host and reference', async () => {
    await assert.rejects(
      client.resolve(parseReference(`${registry.host}/team/none:v9`)),
      failsWith(
        'REGISTRY_NOT_FOUND',
        new RegExp(`${registry.host}/team/none:v9: http://${registry.host}: .*manifest unknown`),
      ),
    );
  });

  test('an image that is for another platform only is refused', async () => {
    await registry.push('foreign', 'v1', makeImage({ platform: { os: 'linux', architecture: 's390x' } }));
    await assert.rejects(
      client.resolve(parseReference(`${registry.host}/foreign:v1`), { platform: amd64 }),
      failsWith('IMAGE_PLATFORM', /available: linux\/s390x/),
    );
  });
});

suite('resolving what a registry may hold', () => {
  test('nested indexes and attestations', async (t) => {
    const image = makeImage();
    const inner = makeIndex([entryOf(image, { os: 'linux', architecture: 'x86_64' })]);
    const attestation = makeImage();
    const outer = makeIndex([
      entryOf(attestation, { os: 'unknown', architecture: 'unknown' }),
      descriptorOf(inner.bytes, inner.mediaType),
    ]);
    const { registry, client, reference } = await serve(t, outer.bytes, outer.mediaType);
    registry.addImage('x', image);
    registry.addManifest(inner.digest, inner.bytes, inner.mediaType);
    const resolved = await client.resolve(reference, { platform: amd64 });
    assert.equal(resolved.resolvedDigest, outer.digest);
    assert.equal(resolved.manifestDigest, image.digest);
    assert.equal(
      registry.seen.some(({ path }) => path.endsWith(attestation.digest)),
      false,
    );
  });

  test('indexes nested without end are refused', async (t) => {
    let index = makeIndex([]);
    const all = [index];
    for (let depth = 0; depth < 8; depth++) {
      index = makeIndex([descriptorOf(index.bytes, index.mediaType)]);
      all.push(index);
    }
    const { registry, client, reference } = await serve(t, index.bytes, index.mediaType);
    for (const one of all) registry.addManifest(one.digest, one.bytes, one.mediaType);
    await assert.rejects(client.resolve(reference), failsWith('IMAGE_INVALID', /nested/));
  });

  test('what is no image says what it is', async (t) => {
    const helm = makeImage({ configMediaType: 'application/vnd.cncf.helm.config.v1+json' });
    const cases: [Buffer, string, ErrorCode, RegExp][] = [
      [helm.manifest, helm.mediaType, 'IMAGE_UNSUPPORTED', /Helm chart/],
      [json({ schemaVersion: 1, fsLayers: [] }), mediaTypes.dockerSchema1Signed, 'IMAGE_UNSUPPORTED', /schema 1/],
      [
        json({ schemaVersion: 2, mediaType: 'application/x.thing' }),
        'application/x.thing',
        'IMAGE_UNSUPPORTED',
        /application\/x\.thing/,
      ],
      [Buffer.from('<html>'), 'text/html', 'IMAGE_INVALID', /not JSON/],
      [json({ schemaVersion: 2, manifests: [], layers: [] }), mediaTypes.ociIndex, 'IMAGE_INVALID', /it is both/],
      [
        json({ schemaVersion: 2, manifests: [{ mediaType: 'x', digest: 'sha256:1', size: 1 }] }),
        mediaTypes.ociIndex,
        'IMAGE_INVALID',
        /manifests\[0\]/,
      ],
    ];
    for (const [bytes, mediaType, code, text] of cases) {
      const { client, reference } = await serve(t, bytes, mediaType);
      await assert.rejects(client.resolve(reference), failsWith(code, text));
    }
  });

  test('a manifest with other bytes than its digest is refused', async (t) => {
    const image = makeImage();
    const { registry, client } = await serve(t, image.manifest, image.mediaType);
    registry.addImage('v1', image);
    registry.manifestFault = wrongBytes;
    const reference = parseReference(`${registry.host}/app@${image.digest}`);
    await assert.rejects(
      client.resolve(reference),
      failsWith('DIGEST_MISMATCH', new RegExp(`${registry.host}.*${image.digest}`)),
    );
  });

  test('a config with other bytes than its digest is refused', async (t) => {
    const image = makeImage();
    const { registry, client, reference } = await serve(t, image.manifest, image.mediaType);
    registry.addImage('v1', image);
    registry.blobFault = wrongBytes;
    await assert.rejects(client.resolve(reference), failsWith('DIGEST_MISMATCH', /the blob/));
  });

  test('a manifest without end is cut off', async (t) => {
    const { client, reference } = await serve(t, Buffer.alloc(9 * 1024 * 1024, ' '), mediaTypes.ociManifest);
    await assert.rejects(client.resolve(reference), failsWith('LIMIT_EXCEEDED', /larger than/));
  });

  test('a config of more than 4 MB and more layers than can be stacked are refused before they are fetched', async (t) => {
    const image = makeImage();
    const manifest = JSON.parse(image.manifest.toString()) as { config: { size: number }; layers: unknown[] };
    const large = json({ ...manifest, config: { ...manifest.config, size: 5 * 1024 * 1024 } });
    const high = json({ ...manifest, layers: Array.from({ length: 501 }, () => manifest.layers[0]) });
    for (const [bytes, text] of [
      [large, /its config has 5242880 bytes, more than the 4194304/],
      [high, /501 layers/],
    ] as const) {
      const { registry, client, reference } = await serve(t, bytes, image.mediaType);
      await assert.rejects(client.resolve(reference, { platform: amd64 }), failsWith('LIMIT_EXCEEDED', text));
      assert.equal(registry.seen.length, 1);
    }
  });

  test('an error holds one line of what a registry says, and nothing of what the target of a redirect says', async (t) => {
    const image = makeImage();
    const { registry, client, reference } = await serve(t, image.manifest, image.mediaType);
    const message = `no\u001b[31m such\r\nthing${'!'.repeat(50_000)}`;
    const refuse: typeof registry.fault = (_request, response) => {
      sendError(response, 400, 'BAD', message);
      return true;
    };
    registry.fault = refuse;
    await assert.rejects(client.resolve(reference), (error: unknown) => {
      assert.ok(isSlipwayError(error));
      assert.match(error.message, /400 BAD: no \[31m such thing!!!/);
      assert.ok(error.message.length < 1000, `${error.message.length} characters`);
      return true;
    });
    const elsewhere = await FaultyRegistry.start(t);
    elsewhere.fault = refuse;
    registry.fault = redirectTo(`http://${elsewhere.host}`);
    await assert.rejects(client.resolve(reference), (error: unknown) => {
      assert.ok(isSlipwayError(error));
      assert.match(error.message, /the manifest: 400$/);
      return true;
    });
  });

  test('a burst of 5xx is ridden out, a lasting one is unavailable', async (t) => {
    const image = makeImage();
    const { registry, client, reference } = await serve(t, image.manifest, image.mediaType);
    registry.addImage('v1', image);
    registry.fault = statusTimes(502, 2);
    assert.equal((await client.resolve(reference)).manifestDigest, image.digest);
    registry.fault = statusTimes(502, 100);
    await assert.rejects(client.resolve(reference), failsWith('REGISTRY_UNAVAILABLE', /502/));
  });

  test('429 waits as long as asked, but not for ever', async (t) => {
    const image = makeImage();
    const { registry, client, reference } = await serve(t, image.manifest, image.mediaType);
    registry.addImage('v1', image);
    registry.manifestFault = statusTimes(429, 1, { 'retry-after': '1' });
    await client.resolve(reference);
    registry.manifestFault = statusTimes(429, 100, { 'retry-after': '86400' });
    await assert.rejects(
      client.resolve(reference),
      failsWith('REGISTRY_UNAVAILABLE', /429.*too many requests, it asks to wait 86400 s/),
    );
    assert.equal(registry.seen.filter(({ path }) => path.endsWith('/manifests/v1')).length, 3);
  });

  test('a registry that is not there is unavailable', async (t) => {
    const client = new RegistryClient({ backoffMs: 1 });
    t.after(() => client.close());
    const port = await freePort();
    await assert.rejects(
      client.resolve(parseReference(`127.0.0.1:${port}/app:v1`)),
      failsWith('REGISTRY_UNAVAILABLE', /connection refused/),
    );
    await assert.rejects(
      client.resolve(parseReference('registry.invalid/app:v1')),
      failsWith('REGISTRY_UNAVAILABLE', /(DNS|registry\.invalid)/),
    );
  });

  test('an aborted call ends with CANCELLED', async (t) => {
    const { registry, client, reference } = await serve(t, Buffer.alloc(0), mediaTypes.ociManifest);
    const abort = new AbortController();
    registry.fault = () => {
      abort.abort();
      return true;
    };
    await assert.rejects(client.resolve(reference, { signal: abort.signal }), failsWith('CANCELLED', /cancelled/));
  });
});
