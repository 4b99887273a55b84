import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseReference, RegistryClient } from '../src/index.js';
import { makeCertificate } from './helpers/debian-registry.js';
import { FaultyRegistry } from './helpers/faulty-registry.js';
import { makeImage } from './helpers/images.js';
import { tempDir } from './helpers/temp.js';

test('a proxy in the environment is used for other hosts, and never for loopback', async (t) => {
  const root = await tempDir(t);
  const ca = makeCertificate(root);
  const registry = await FaultyRegistry.start(t, {
    cert: readFileSync(ca, 'utf8'),
    key: readFileSync(join(root, 'tls.key'), 'utf8'),
  });
  const plain = await FaultyRegistry.start(t);
  const image = makeImage();
  for (const one of [registry, plain]) one.addImage('v1', image);
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket, head) => {
    asked.push(request.url ?? '');
    const [host, port] = registry.host.split(':');
    const far = connect(Number(port), host ?? '', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.write(head);
      far.pipe(socket).pipe(far);
    });
    far.on('error', () => socket.destroy());
    socket.on('error', () => far.destroy());
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const before = { ...process.env };
  process.env.HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
  const client = new RegistryClient({ hostsDirs: [root], attempts: 1 });
  t.after(async () => {
    process.env.HTTPS_PROXY = before.HTTPS_PROXY;
    if (before.HTTPS_PROXY === undefined) delete process.env.HTTPS_PROXY;
    await client.close();
    proxy.closeAllConnections();
    proxy.close();
  });
  await mkdir(join(root, 'far.example'));
  // The certificate is for another name: what counts here is the way.
  await writeFile(join(root, 'far.example', 'hosts.toml'), 'server = "https://far.example"\nskip_verify = true\n');
  const resolved = await client.resolve(parseReference('far.example/app:v1'));
  assert.equal(resolved.manifestDigest, image.digest);
  assert.deepEqual([...new Set(asked)], ['far.example:443']);
  await client.resolve(parseReference(`${plain.host}/app:v1`));
  assert.deepEqual([...new Set(asked)], ['far.example:443']);
});
