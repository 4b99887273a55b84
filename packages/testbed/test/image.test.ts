import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { buildBusyboxImage, startRegistry } from '../src/index.js';
import { sha256 } from '../src/push-image.js';

interface Manifest {
  config: { digest: string };
  layers: { digest: string; size: number }[];
}

test('the busybox image can be read back from the registry as it was pushed', async () => {
  const registry = await startRegistry();
  try {
    const image = await buildBusyboxImage({ registry, files: { 'etc/motd': 'hello\n' }, config: { User: 'app' } });
    const base = `http://${image.repository.replace('/', '/v2/')}`;
    const accept = { accept: 'application/vnd.oci.image.manifest.v1+json' };
    const answer = await fetch(`${base}/manifests/latest`, { headers: accept });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    assert.equal(sha256(bytes), image.digest);
    const manifest = JSON.parse(Buffer.from(bytes).toString()) as Manifest;
    assert.equal(manifest.config.digest, image.id);
    const layers: Buffer[] = [];
    for (const { digest, size } of manifest.layers) {
      const blob = Buffer.from(await (await fetch(`${base}/blobs/${digest}`)).arrayBuffer());
      assert.equal(blob.length, size);
      layers.push(gunzipSync(blob));
    }
    assert.deepEqual(layers.map(sha256), image.diffIDs);
    const listed = execFileSync('tar', ['-tvf', '-'], { input: layers[0] ?? '', encoding: 'utf8' });
    assert.match(listed, /^-rwxr-xr-x 0\/0 .* \.\/bin\/busybox$/m);
    assert.match(listed, /\.\/bin\/sh -> busybox$/m);
    assert.match(
      execFileSync('tar', ['-xOf', '-', './etc/motd'], { input: layers[2] ?? '', encoding: 'utf8' }),
      /hello/,
    );

    const again = await buildBusyboxImage({
      registry,
      tag: 'again',
      files: { 'etc/motd': 'hello\n' },
      config: { User: 'app' },
    });
    assert.equal(again.digest, image.digest);
  } finally {
    await registry.stop();
  }
});
