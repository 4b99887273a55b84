import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { digestOf } from '@slipway/digest';
import { mediaTypes, parseReference, RegistryClient } from '../src/index.js';

const subject = digestOf(Buffer.from('image'));
const attached = { mediaType: mediaTypes.ociManifest, digest: digestOf(Buffer.from('signature')), size: 9 };
const index = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [{ ...attached, artifactType: 'application/vnd.example.signature' }],
});

/** The referrers that a client finds at a registry with these answers, and the paths that it requested. */
async function ask(t: TestContext, answer: RequestListener) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/v2/app/')) paths.push(request.url.slice('/v2/app/'.length));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new RegistryClient({ backoffMs: 1, attempts: 2 });
  t.after(async () => {
    await client.close();
    server.close();
  });
  const reference = parseReference(`127.0.0.1:${(server.address() as AddressInfo).port}/app:v1`);
  return { paths, found: client.listReferrers(reference, subject) };
}

suite('what is attached to a manifest', () => {
  test('comes from the referrers API where the registry has it', async (t) => {
    const { paths, found } = await ask(t, (_request, response) => {
      response.setHeader('content-type', mediaTypes.ociIndex).end(index);
    });
    assert.deepEqual(await found, [{ ...attached, artifactType: 'application/vnd.example.signature' }]);
    assert.deepEqual(paths, [`referrers/${subject}`]);
  });

  test('comes from the tag schema where it has not, and is nothing where there is no such tag', async (t) => {
    for (const tagged of [true, false]) {
      const { paths, found } = await ask(t, (request, response) => {
        response.statusCode = tagged && request.url?.includes('/manifests/') ? 200 : 404;
        response.setHeader('content-type', mediaTypes.ociIndex).end(response.statusCode === 200 ? index : '');
      });
      assert.deepEqual(
        (await found).map(({ digest }) => digest),
        tagged ? [attached.digest] : [],
      );
      assert.deepEqual(paths, [`referrers/${subject}`, `manifests/${subject.replace(':', '-')}`]);
    }
  });

  test('is an error, not nothing, when the registry fails', async (t) => {
    const { found } = await ask(t, (_request, response) => {
      response.statusCode = 503;
      response.end();
    });
    await assert.rejects(found, (error) => isSlipwayError(error) && error.code === 'REGISTRY_UNAVAILABLE');
  });
});
