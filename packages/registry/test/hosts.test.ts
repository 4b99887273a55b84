import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { parseReference, RegistryClient } from '../src/index.js';
import { FaultyRegistry, sendError, statusTimes } from './helpers/faulty-registry.js';
import { makeImage } from './helpers/images.js';
import { tempDir } from './helpers/temp.js';

async function writeHosts(root: string, name: string, text: string): Promise<string> {
  const file = join(root, name, 'hosts.toml');
  await mkdir(join(root, name), { recursive: true });
  await writeFile(file, text);
  return file;
}

const urls = async (client: RegistryClient, text: string) =>
  (await client.explain(parseReference(text))).hosts.map(({ url }) => url);

test('without configuration the registry itself is asked, Docker Hub at its API host', async () => {
  const client = new RegistryClient({ hostsDirs: ['/nonexistent'] });
  assert.deepEqual(await urls(client, 'alpine'), ['https://registry-1.docker.io/v2']);
  assert.deepEqual(await urls(client, 'ghcr.io/x/y'), ['https://ghcr.io/v2']);
});

test('hosts.toml orders mirrors before the server', async (t) => {
  const root = await tempDir(t);
  await writeHosts(
    root,
    'docker.io',
    `server = "https://registry-1.docker.io"
[host."https://m1.example"]
  capabilities = ["pull"]
[host."http://m2.example:5000/cache/v2"]
  override_path = true
[host."m3.example/prefix"]
`,
  );
  const client = new RegistryClient({ hostsDirs: [root] });
  const { hosts } = await client.explain(parseReference('alpine'));
  assert.deepEqual(
    hosts.map(({ url }) => url),
    [
      'https://m1.example/v2',
      'http://m2.example:5000/cache/v2',
      'https://m3.example/prefix/v2',
      'https://registry-1.docker.io/v2',
    ],
  );
  assert.deepEqual(hosts[0]?.capabilities, ['pull']);
  const file = join(root, 'docker.io', 'hosts.toml');
  assert.deepEqual(
    hosts.map(({ source }) => source),
    [`${file}:2`, `${file}:4`, `${file}:6`, `${file}:1`],
  );
  assert.match(hosts[0]?.reason ?? '', /mirror of docker\.io; not asked what the tag names/);
  assert.match(hosts[1]?.settings.join() ?? '', /plain http/);
  assert.match(hosts[3]?.reason ?? '', /registry itself/);
});

test('directories: port forms, the first directory, then _default', async (t) => {
  const [one, two] = [await tempDir(t), await tempDir(t)];
  await writeHosts(one, '_default', '[host."https://default.example"]');
  await writeHosts(two, 'a.example_5000_', '[host."https://underscore.example"]');
  await writeHosts(two, 'b.example:5000', '[host."https://colon.example"]');
  await writeHosts(one, 'c.example', '[host."https://first.example"]');
  await writeHosts(two, 'c.example', '[host."https://second.example"]');
  const client = new RegistryClient({ hostsDirs: [one, two] });
  assert.equal((await urls(client, 'a.example:5000/x'))[0], 'https://underscore.example/v2');
  assert.equal((await urls(client, 'b.example:5000/x'))[0], 'https://colon.example/v2');
  assert.equal((await urls(client, 'c.example/x'))[0], 'https://first.example/v2');
  assert.deepEqual(await urls(client, 'd.example/x'), ['https://default.example/v2', 'https://d.example/v2']);
});

test('dial_timeout is a Go duration', async (t) => {
  const root = await tempDir(t);
  await writeHosts(root, 'slow.example', 'server = "http://127.0.0.1:1"\ndial_timeout = "1m2.5s"\n');
  const { hosts } = await new RegistryClient({ hostsDirs: [root] }).explain(parseReference('slow.example/x'));
  assert.match(hosts[0]?.settings.join() ?? '', /62500 ms \(dial_timeout\)/);
});

test('a changed file takes effect immediately', async (t) => {
  const root = await tempDir(t);
  const client = new RegistryClient({ hostsDirs: [root] });
  assert.deepEqual(await urls(client, 'e.example/x'), ['https://e.example/v2']);
  const file = await writeHosts(root, 'e.example', '[host."https://one.example"]');
  assert.equal((await urls(client, 'e.example/x'))[0], 'https://one.example/v2');
  await writeFile(file, '[host."https://two.example"]');
  await utimes(file, new Date(), new Date(Date.now() + 5000));
  assert.equal((await urls(client, 'e.example/x'))[0], 'https://two.example/v2');
});

test('a mistake names file and line', async (t) => {
  const root = await tempDir(t);
  const client = new RegistryClient({ hostsDirs: [root] });
  const cases: [string, number, RegExp][] = [
    ['server = "https://a.example"\n[host."https://b.example"\n', 2, /.+/],
    ['server = 5\n', 1, /server must be a string/],
    ['\n[host."https://b"]\n  capabilities = ["pull", "fly"]\n', 3, /unknown capability "fly"/],
    ['[host."https://b"]\nskip_verify = "yes"\n', 2, /skip_verify must be true or false/],
    ['[host."https://b"]\n\n[host."b"]\n', 3, /same as/],
    ['[host."http://b"]\n  ca = "ca.crt"\n', 2, /plain http/],
    ['# x\n[host."ftp://b"]\n', 2, /http:\/\/ or https/],
    ['[host."https://u:p@b"]\n', 1, /credentials/],
    ['capabilities = ["pull"]\n[host."https://b"]\ncapabilities = ["pull"]\n', 1, /no host and no server .*"resolve"/],
    ['[host."https://b"]\n\ndial_timeout = "soon"\n', 3, /dial_timeout must be a duration/],
    ['[host."https://b"]\n  [host."https://b".header]\n    "bad name" = "x"\n', 3, /header name/],
  ];
  for (const [text, line, reason] of cases) {
    const file = await writeHosts(root, 'bad.example', text);
    await assert.rejects(
      client.explain(parseReference('bad.example/x')),
      (error) =>
        isSlipwayError(error) &&
        error.code === 'INVALID_CONFIG' &&
        error.message.startsWith(`${file}:${line}: `) &&
        reason.test(error.message),
      text,
    );
  }
  const file = await writeHosts(root, 'bad.example', '[host."https://b"]\n  ca = "missing.crt"\n');
  await assert.rejects(client.explain(parseReference('bad.example/x')), new RegExp(`${file}.*missing.crt`));
  await writeHosts(root, 'bad.example', '[host."https://b"]\n  dial_timeout = "3s"\n  colour = "red"\n');
  const { warnings } = await client.explain(parseReference('bad.example/x'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /:3: unknown key "colour"/);
});

test('registry.k8s.io can be mapped to a registry on plain http loopback', async (t) => {
  const [root, registry] = [await tempDir(t), await FaultyRegistry.start(t)];
  const image = makeImage();
  registry.addImage('v1', image);
  await writeHosts(
    root,
    'registry.k8s.io',
    `server = "http://${registry.host}"\n[host."http://${registry.host}"]\n  [host."http://${registry.host}".header]\n  x-site = "lab"\n`,
  );
  const client = new RegistryClient({ hostsDirs: [root] });
  t.after(() => client.close());
  const resolved = await client.resolve(parseReference('registry.k8s.io/e2e-test-images/busybox:v1'));
  assert.equal(resolved.manifestDigest, image.digest);
  assert.equal(resolved.host, `http://${registry.host}`);
  const first = registry.seen[0];
  assert.equal(first?.path, '/v2/e2e-test-images/busybox/manifests/v1');
  assert.equal(first?.query.get('ns'), 'registry.k8s.io');
  assert.equal(first?.headers['x-site'], 'lab');
});

test('mirrors are asked in order, and the error tells what each said', async (t) => {
  const root = await tempDir(t);
  const [lacks, fails, has] = [
    await FaultyRegistry.start(t),
    await FaultyRegistry.start(t),
    await FaultyRegistry.start(t),
  ];
  const image = makeImage();
  has.addImage('v1', image);
  fails.fault = statusTimes(503, 1000);
  const toml = `server = "http://${has.host}"\n[host."http://${lacks.host}"]\n[host."http://${fails.host}"]\n`;
  await writeHosts(root, 'mirrored.example', toml);
  const client = new RegistryClient({ hostsDirs: [root], attempts: 2, backoffMs: 1 });
  t.after(() => client.close());
  const resolved = await client.resolve(parseReference('mirrored.example/app:v1'));
  assert.equal(resolved.host, `http://${has.host}`);
  has.fault = (_request, response) => {
    sendError(response, 403, 'DENIED', 'no entry');
    return true;
  };
  await assert.rejects(client.resolve(parseReference('mirrored.example/app:v1')), (error) => {
    assert.ok(isSlipwayError(error));
    assert.equal(error.code, 'REGISTRY_DENIED');
    assert.match(error.message, new RegExp(`http://${lacks.host}: .*MANIFEST_UNKNOWN`));
    assert.match(error.message, new RegExp(`http://${fails.host}: .*503.*come back later`));
    assert.match(error.message, new RegExp(`http://${has.host}: .*DENIED: no entry`));
    return true;
  });
});

test('a mirror that may only pull is not asked for tags', async (t) => {
  const [root, mirror, server] = [await tempDir(t), await FaultyRegistry.start(t), await FaultyRegistry.start(t)];
  const image = makeImage();
  mirror.addImage('v1', image);
  server.addImage('v1', image);
  const toml = `server = "http://${server.host}"\n[host."http://${mirror.host}"]\ncapabilities = ["pull"]\n`;
  await writeHosts(root, 'caps.example', toml);
  const client = new RegistryClient({ hostsDirs: [root] });
  t.after(() => client.close());
  const reference = parseReference('caps.example/app:v1');
  await client.resolve(reference);
  assert.deepEqual(
    mirror.seen.filter(({ path }) => path.includes('/manifests/')),
    [],
  );
  const byDigest = await client.resolve(parseReference(`caps.example/app@${image.digest}`));
  assert.equal(byDigest.host, `http://${mirror.host}`);
});
