import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { parseReference, RegistryClient } from '../src/index.js';
import { isNodeLocal, lookupElsewhere } from '../src/hosts/node-local.js';
import { makeCertificate } from './helpers/debian-registry.js';
import { FaultyRegistry } from './helpers/faulty-registry.js';
import { makeImage } from './helpers/images.js';
import { tempDir } from './helpers/temp.js';

/** Makes `registry` known as far.example, which a proxy leads to. */
async function farExample(t: TestContext, root: string, registry: FaultyRegistry) {
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
  return { client, asked };
}

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
  const { client, asked } = await farExample(t, root, registry);
  const resolved = await client.resolve(parseReference('far.example/app:v1'));
  assert.equal(resolved.manifestDigest, image.digest);
  assert.deepEqual([...new Set(asked)], ['far.example:443']);
  await client.resolve(parseReference(`${plain.host}/app:v1`));
  assert.deepEqual([...new Set(asked)], ['far.example:443']);
});

test('a registry elsewhere leads no pull to a service of this node, by redirect, token server or name', async (t) => {
  const root = await tempDir(t);
  const ca = makeCertificate(root);
  const registry = await FaultyRegistry.start(t, {
    cert: readFileSync(ca, 'utf8'),
    key: readFileSync(join(root, 'tls.key'), 'utf8'),
  });
  const inside = await FaultyRegistry.start(t);
  inside.fault = (_request, response) => {
    response.writeHead(500).end('{"message":"a secret of this node"}');
    return true;
  };
  const { client } = await farExample(t, root, registry);
  const refused = (error: unknown): boolean => {
    assert.ok(isSlipwayError(error), String(error));
    assert.equal(error.code, 'REGISTRY_ERROR', error.message);
    assert.match(error.message, /belongs to this node only/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  };
  const reference = parseReference('far.example/app:v1');
  const places = [
    `http://${inside.host}/x`,
    `http://localhost:${inside.host.split(':')[1]}/x`,
    'https://169.254.169.254/latest/meta-data',
    'https://[::ffff:127.0.0.1]/x',
    'https://[fe80::1]/x',
  ];
  for (const location of places) {
    registry.fault = (_request, response) => {
      response.writeHead(307, { location }).end();
      return true;
    };
    await assert.rejects(client.resolve(reference), refused, location);
  }
  registry.fault = (_request, response) => {
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${inside.host}/token"` }).end();
    return true;
  };
  await assert.rejects(client.resolve(reference), refused);
  assert.equal(inside.seen.length, 0);
});

test('a name that resolves to an address of this node is recognised', async () => {
  const look = (name: string): Promise<string> =>
    new Promise((resolve) => {
      lookupElsewhere(name, { all: true }, (error) => resolve(error?.code ?? 'fine'));
    });
  assert.equal(await look('localhost'), 'SLIPWAY_NODE_LOCAL');
  assert.equal(await look('192.0.2.1'), 'fine');
  for (const address of ['127.9.9.9', '0.0.0.0', '[::1]', '::', '169.254.1.2', 'fe80::2', '::ffff:169.254.169.254'])
    assert.ok(isNodeLocal(address), address);
  for (const address of ['10.0.0.1', '192.168.1.1', '[2001:db8::1]', 'localhost', '::ffff:10.0.0.1'])
    assert.ok(!isNodeLocal(address), address);
});
