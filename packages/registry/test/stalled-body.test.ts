import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { digestOf } from '@slipway/digest';
import { parseReference, RegistryClient } from '../src/index.js';
import { FaultyRegistry, stallAfter, statusTimes, trickle } from './helpers/faulty-registry.js';
import { descriptorOf, entryOf, makeImage, makeIndex } from './helpers/images.js';
import type { Scope } from './helpers/temp.js';

/** Each of these waits would last for ever without the limit: the test's own time-out is the assertion. */
const limits = { noProgressMs: 150, minBytesPerSecond: 0 };

async function setUp(t: TestContext) {
  const registry = await FaultyRegistry.start(t);
  const image = makeImage();
  registry.addImage('v1', image);
  const newClient = (minBytesPerSecond = 0) => {
    const client = new RegistryClient({ ...limits, minBytesPerSecond, backoffMs: 1, attempts: 3 });
    t.after(() => client.close());
    return client;
  };
  return { registry, image, newClient, client: newClient(), reference: parseReference(`${registry.host}/app:v1`) };
}

const unavailable = (text: RegExp) => (error: unknown) => {
  assert.ok(isSlipwayError(error), String(error));
  assert.equal(error.code, 'REGISTRY_UNAVAILABLE', error.message);
  assert.match(error.message, text);
  return true;
};

/** A server that answers everything with a status and headers, and never with a byte. */
async function silentServer(scope: Scope, status: number): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': 1000 }).flushHeaders();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  scope.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

test('a manifest that stops after its headers, or trickles, is given up after the no-progress time', async (t) => {
  const { registry, client, newClient, reference } = await setUp(t);
  registry.manifestFault = stallAfter(0);
  await assert.rejects(client.resolve(reference), unavailable(/the manifest: no byte came for 0.1 s, after 0 bytes/));
  assert.equal(registry.seen.length, 1, 'a host that stalls is not asked again');
  registry.manifestFault = trickle(5);
  await assert.rejects(newClient(50_000).resolve(reference), unavailable(/fewer than 50000 a second/));
  registry.manifestFault = (request, response, content, count) =>
    request.method === 'HEAD'
      ? (response.writeHead(200).end(), true)
      : stallAfter(10)(request, response, content, count);
  await assert.rejects(client.resolveDigest(reference), unavailable(/no byte came/));
});

test('so is a config, a manifest of an index, a signature and the list of what is attached', async (t) => {
  const { registry, image, client, reference } = await setUp(t);
  registry.blobFault = stallAfter(5);
  await assert.rejects(client.resolve(reference), unavailable(/the blob: no byte came .* after 5 bytes/));
  await assert.rejects(
    client.fetchBlobBytes(reference, descriptorOf(image.config, 'x')),
    unavailable(/the blob: no byte came/),
  );
  const index = makeIndex([entryOf(image, { os: 'linux', architecture: 'amd64' })]);
  registry.addManifest('v1', index.bytes, index.mediaType);
  registry.manifestFault = (request, response, content, count) =>
    request.path.endsWith(image.digest) && stallAfter(5)(request, response, content, count) === true;
  const platform = { os: 'linux', architecture: 'amd64' };
  await assert.rejects(client.resolve(reference, { platform }), unavailable(/no byte came/));
  await assert.rejects(client.fetchManifest(reference, image.digest), unavailable(/no byte came/));
  registry.fault = ({ path }, response) => {
    if (!path.includes('/referrers/')) return false;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 }).flushHeaders();
    return true;
  };
  await assert.rejects(client.listReferrers(reference, digestOf(image.manifest)), unavailable(/no byte came/));
});

test('so is a token, and an error that never says what it is', async (t) => {
  const { registry, client, newClient, reference } = await setUp(t);
  const realm = await silentServer(t, 200);
  registry.fault = (_request, response) => {
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}/token"` }).flushHeaders();
    return true;
  };
  await assert.rejects(client.resolve(reference), unavailable(/the token: no byte came/));
  registry.fault = (_request, response) => {
    response.writeHead(501, { 'content-length': 100 }).flushHeaders();
    return true;
  };
  // Another client: this one has learnt that the host wants tokens.
  const other = newClient();
  await assert.rejects(other.resolve(reference), unavailable(/the manifest: 501/));
  registry.fault = statusTimes(502, 1);
  await other.resolve(reference);
});
