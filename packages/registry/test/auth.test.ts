import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ErrorCode, isSlipwayError } from '@slipway/errors';
import { type AuthConfig, DockerConfigFile, parseReference, RegistryClient } from '../src/index.js';
import { makeCertificate, noRegistry, startRegistry } from './helpers/debian-registry.js';
import { FaultyRegistry } from './helpers/faulty-registry.js';
import { makeImage } from './helpers/images.js';
import { tempDir } from './helpers/temp.js';
import { signToken, startTokenServer } from './helpers/token-server.js';

// `htpasswd -B` of tester / s3cret.
const htpasswd = 'tester:$2b$04$EkM6uHZpj/xAQuSHsqd7C.nGV5QJG77NEag95KH8ghPNB2LO/Vsx2\n';
const tester: AuthConfig = { username: 'tester', password: 's3cret' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

const failsWith =
  (code: ErrorCode, ...texts: RegExp[]) =>
  (error: unknown) => {
    assert.ok(isSlipwayError(error), String(error));
    assert.equal(error.code, code, error.message);
    for (const text of texts) assert.match(error.message, text);
    assert.doesNotMatch(error.message, /s3cret/);
    return true;
  };

function newClient(t: TestContext, options: ConstructorParameters<typeof RegistryClient>[0] = {}): RegistryClient {
  const client = new RegistryClient({ backoffMs: 1, attempts: 2, ...options });
  t.after(() => client.close());
  return client;
}

test("basic authentication with Debian's registry, over TLS with an own authority", { skip: noRegistry }, async (t) => {
  const registry = await startRegistry(t, {
    tls: true,
    auth: async (dir) => {
      await writeFile(join(dir, 'htpasswd'), htpasswd);
      return `  htpasswd:\n    realm: test\n    path: ${dir}/htpasswd`;
    },
    authorization: () => `Basic ${base64('tester:s3cret')}`,
  });
  const image = makeImage();
  await registry.push('private/app', 'v1', image);
  const reference = parseReference(`${registry.host}/private/app:v1`);
  await assert.rejects(
    newClient(t).resolve(reference, { credentials: tester }),
    failsWith('REGISTRY_UNAVAILABLE', /TLS: .*self-signed/),
  );
  const root = await tempDir(t);
  await mkdir(join(root, registry.host));
  await writeFile(
    join(root, registry.host, 'hosts.toml'),
    `server = "https://${registry.host}"\nca = "${registry.ca}"\n`,
  );
  const client = newClient(t, { hostsDirs: [root] });
  for (const credentials of [
    tester,
    { auth: base64('tester:s3cret') },
    { ...tester, serverAddress: `https://${registry.host}/v1/` },
  ])
    assert.equal((await client.resolve(reference, { credentials })).manifestDigest, image.digest);
  await client.downloadBlob(image.layerDescriptors[0] as never, {
    reference,
    credentials: tester,
    path: join(root, 'layer'),
  });
  await assert.rejects(client.resolve(reference), failsWith('REGISTRY_DENIED', /user name and password/));
  await assert.rejects(
    client.resolve(reference, { credentials: { ...tester, password: 'wrong' } }),
    failsWith('REGISTRY_DENIED', /refuse/),
  );
  await assert.rejects(
    client.resolve(reference, { credentials: { ...tester, serverAddress: 'other.example' } }),
    failsWith('REGISTRY_DENIED', /none are given/),
  );
  await writeFile(join(root, registry.host, 'hosts.toml'), `server = "https://${registry.host}"\nskip_verify = true\n`);
  await client.resolve(reference, { credentials: tester });
  await writeFile(join(root, registry.host, 'hosts.toml'), '');
  await writeFile(join(root, registry.host, 'own.crt'), await readFile(registry.ca as string));
  await assert.rejects(client.resolve(reference, { credentials: tester }), failsWith('REGISTRY_UNAVAILABLE', /TLS/));
  // Docker's layout: the directory holds certificates only.
  await rm(join(root, registry.host, 'hosts.toml'));
  await client.resolve(reference, { credentials: tester });
});

test('a client certificate, as hosts.toml and as Docker name it', { skip: noRegistry }, async (t) => {
  const registry = await startRegistry(t, { tls: true, clientCertificate: true });
  const image = makeImage();
  await registry.push('app', 'v1', image);
  const reference = parseReference(`${registry.host}/app:v1`);
  const root = await tempDir(t);
  const place = join(root, registry.host);
  await mkdir(place);
  const client = newClient(t, { hostsDirs: [root] });
  const file = join(place, 'hosts.toml');
  // With TLS 1.3 a server turns a client away after the handshake, by an alert or by closing.
  const refused = failsWith('REGISTRY_UNAVAILABLE', /certificate|closed|reset/);
  const server = `server = "https://${registry.host}"\nca = "${registry.ca}"\n`;
  await writeFile(file, server);
  await assert.rejects(client.resolve(reference), refused);
  await writeFile(file, `${server}client = [["${registry.dir}/client.crt", "${registry.dir}/client.key"]]\n`);
  assert.equal((await client.resolve(reference)).manifestDigest, image.digest);

  await rm(file);
  await writeFile(join(place, 'ca.crt'), await readFile(registry.ca as string));
  await assert.rejects(client.resolve(reference), refused);
  for (const [from, to] of [
    ['client.crt', 'site.cert'],
    ['client.key', 'site.key'],
  ] as const)
    await writeFile(join(place, to), await readFile(join(registry.dir, from)));
  assert.equal((await client.resolve(reference)).manifestDigest, image.digest);
});

test("token authentication with Debian's registry", { skip: noRegistry }, async (t) => {
  const tokens = await startTokenServer(t);
  const keys = await tempDir(t);
  const certificate = makeCertificate(keys, 'token');
  const sign = (scope: string) => signToken(scope, certificate, join(keys, 'token.key'), 'test-issuer', 'test-service');
  const registry = await startRegistry(t, {
    auth: () =>
      `  token:\n    realm: ${tokens.url}\n    service: test-service\n    issuer: test-issuer\n    rootcertbundle: ${certificate}`,
    authorization: (scope) => `Bearer ${sign(scope)}`,
  });
  const image = makeImage();
  await registry.push('team/app', 'v1', image);
  tokens.decide = ({ parameters, authorization }) =>
    authorization === `Basic ${base64('tester:s3cret')}`
      ? { token: sign(parameters.get('scope') ?? '') }
      : { status: 401 };
  const client = newClient(t);
  const reference = parseReference(`${registry.host}/team/app:v1`);
  const resolved = await client.resolve(reference, { credentials: tester });
  assert.equal(resolved.manifestDigest, image.digest);
  assert.equal(tokens.seen.length, 1);
  const { parameters } = tokens.seen[0] as (typeof tokens.seen)[0];
  assert.equal(parameters.get('scope'), 'repository:team/app:pull');
  assert.equal(parameters.get('service'), 'test-service');
  assert.equal(parameters.get('account'), 'tester');
  await assert.rejects(
    client.resolve(reference),
    failsWith('REGISTRY_DENIED', /no anonymous token.*incorrect username/),
  );
});

/** A registry that wants the bearer token `granted`. */
async function bearerRegistry(t: TestContext, realm: string) {
  const registry = await FaultyRegistry.start(t);
  const image = makeImage();
  registry.addImage('v1', image);
  registry.fault = ({ headers, path }, response) => {
    if (headers.authorization === 'Bearer granted') return false;
    const name = path.split('/').slice(2, -2).join('/');
    response.writeHead(401, {
      'www-authenticate': `Bearer realm="${realm}",service="svc",scope="repository:${name}:pull"`,
    });
    response.end('{}');
    return true;
  };
  return { registry, image, reference: (name: string) => parseReference(`${registry.host}/${name}:v1`) };
}

test('a token is fetched once per scope and credentials, by concurrent callers too, and again when it expires', async (t) => {
  const tokens = await startTokenServer(t);
  const { reference } = await bearerRegistry(t, tokens.url);
  const client = newClient(t);
  await Promise.all(Array.from({ length: 8 }, () => client.resolve(reference('a'))));
  assert.equal(tokens.seen.length, 1);
  await client.resolve(reference('b'));
  assert.equal(tokens.seen.length, 2);
  await client.resolve(reference('a'), { credentials: tester });
  assert.equal(tokens.seen.length, 3);
  tokens.decide = () => ({ token: 'granted', expiresIn: 1 });
  await client.resolve(reference('c'));
  const before = tokens.seen.length;
  await client.resolve(reference('c'));
  assert.ok(tokens.seen.length > before, 'a token that expires within the margin is not used again');
});

test('a 401 in answer to a fresh token ends with REGISTRY_DENIED', async (t) => {
  const tokens = await startTokenServer(t);
  tokens.decide = () => ({ token: 'worthless' });
  const { registry, reference } = await bearerRegistry(t, tokens.url);
  await assert.rejects(
    newClient(t).resolve(reference('a')),
    failsWith('REGISTRY_DENIED', /refuses anonymous access to a/),
  );
  await assert.rejects(
    newClient(t).resolve(reference('a'), { credentials: tester }),
    failsWith('REGISTRY_DENIED', /with the given credentials/),
  );
  assert.equal(registry.seen.length, 4);
});

test('a token that the registry no longer takes is renewed', async (t) => {
  const tokens = await startTokenServer(t);
  const { registry, reference } = await bearerRegistry(t, tokens.url);
  const client = newClient(t);
  await client.resolve(reference('a'));
  const proper = registry.fault;
  tokens.decide = () => ({ token: 'second' });
  registry.fault = (request, response, content, count) =>
    request.headers.authorization === 'Bearer second'
      ? false
      : (proper?.({ ...request, headers: {} }, response, content, count) ?? false);
  await client.resolve(reference('a'));
  assert.equal(tokens.seen.length, 2);
});

test('an identity token is changed for an access token, a registry token is sent as it is', async (t) => {
  const tokens = await startTokenServer(t);
  const { reference } = await bearerRegistry(t, tokens.url);
  await newClient(t).resolve(reference('a'), { credentials: { identityToken: 'refresh-me' } });
  const [seen] = tokens.seen;
  assert.equal(seen?.method, 'POST');
  assert.equal(seen?.parameters.get('grant_type'), 'refresh_token');
  assert.equal(seen?.parameters.get('refresh_token'), 'refresh-me');
  await newClient(t).resolve(reference('a'), { credentials: { registryToken: 'granted' } });
  assert.equal(tokens.seen.length, 1);
  await assert.rejects(
    newClient(t).resolve(reference('a'), { credentials: { registryToken: 'stale' } }),
    failsWith('REGISTRY_DENIED', /registry token/),
  );
});

test('credentials do not go to mirrors', async (t) => {
  const root = await tempDir(t);
  const [mirror, server] = [await FaultyRegistry.start(t), await FaultyRegistry.start(t)];
  const image = makeImage();
  server.addImage('v1', image);
  for (const registry of [mirror, server])
    registry.fault = ({ headers }, response) => {
      if (headers.authorization === `Basic ${base64('tester:s3cret')}`) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    };
  await mkdir(join(root, 'up.example'));
  await writeFile(
    join(root, 'up.example', 'hosts.toml'),
    `server = "http://${server.host}"\n[host."http://${mirror.host}"]\n`,
  );
  const client = newClient(t, { hostsDirs: [root] });
  await client.resolve(parseReference('up.example/a:v1'), { credentials: tester });
  assert.ok(mirror.seen.length > 0);
  assert.ok(mirror.seen.every(({ headers }) => headers.authorization === undefined));
  const { hosts } = await client.explain(parseReference('up.example/a:v1'), { credentials: tester });
  assert.deepEqual(
    hosts.map(({ credentials }) => credentials),
    ['none: the AuthConfig of the call is for another host', 'AuthConfig of the call'],
  );
});

test("Docker's config.json, with credential helpers", async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'config.json');
  const source = new DockerConfigFile(file);
  assert.equal(await source.find('a.example'), undefined);
  await writeFile(
    join(dir, 'docker-credential-fake'),
    `#!/bin/sh
read -r server
case "$server" in
  helped.example) echo '{"ServerURL":"x","Username":"tester","Secret":"s3cret"}' ;;
  token.example) echo '{"Username":"<token>","Secret":"refresh-me"}' ;;
  none.example) echo 'credentials not found in native keychain'; exit 1 ;;
  *) echo 'the vault is locked'; exit 1 ;;
esac
`,
  );
  await chmod(join(dir, 'docker-credential-fake'), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${dir}:${path}`;
  t.after(() => {
    process.env.PATH = path;
  });
  const helped = ['helped.example', 'token.example', 'none.example', 'locked.example'];
  await writeFile(
    file,
    JSON.stringify({
      auths: {
        'https://index.docker.io/v1/': { auth: base64('hub:pw') },
        'plain.example:5000': { auth: base64('tester:s3cret') },
        'none.example': { identitytoken: 'stored' },
      },
      credHelpers: Object.fromEntries(helped.map((host) => [host, 'fake'])),
    }),
  );
  assert.equal((await source.find('registry-1.docker.io'))?.auth.auth, base64('hub:pw'));
  assert.equal((await source.find('plain.example:5000'))?.source, file);
  assert.deepEqual((await source.find('helped.example'))?.auth, tester);
  assert.match((await source.find('helped.example'))?.source ?? '', /docker-credential-fake/);
  assert.deepEqual((await source.find('token.example'))?.auth, { identityToken: 'refresh-me' });
  assert.equal((await source.find('none.example'))?.auth.identityToken, 'stored');
  assert.equal(await source.find('other.example'), undefined);
  await assert.rejects(source.find('locked.example'), failsWith('REGISTRY_DENIED', /vault is locked/));
  await writeFile(file, '{\n  "auths": {\n  oops\n}');
  await assert.rejects(source.find('a.example'), failsWith('INVALID_CONFIG', /config\.json.*not valid JSON/));
});

test('what config.json holds is used where the call brings nothing', async (t) => {
  const registry = await FaultyRegistry.start(t);
  registry.addImage('v1', makeImage());
  registry.fault = ({ headers }, response) => {
    if (headers.authorization === `Basic ${base64('tester:s3cret')}`) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    return true;
  };
  const file = join(await tempDir(t), 'config.json');
  await writeFile(file, JSON.stringify({ auths: { [registry.host]: { auth: base64('tester:s3cret') } } }));
  const client = newClient(t, { credentialSource: new DockerConfigFile(file) });
  await client.resolve(parseReference(`${registry.host}/a:v1`));
});

test('a challenge that led nowhere is forgotten: the host is asked again', async (t) => {
  const tokens = await startTokenServer(t);
  tokens.decide = () => ({ status: 404 });
  const { registry, reference } = await bearerRegistry(t, tokens.url);
  const client = newClient(t);
  await assert.rejects(client.resolve(reference('a')), failsWith('REGISTRY_DENIED', /no anonymous token/));
  registry.fault = undefined;
  await client.resolve(reference('a'));
});
