import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { digestOf } from '@slipway/digest';
import { hostPlatform } from '@slipway/registry';
import { type RunningServer, startRedis } from '@slipway/test-servers';
import { imageOf, indexOf, noiseLayer, type TestImage } from './helpers/images.js';
import { Proxy } from './helpers/proxy.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup } from './helpers/scope.js';
import { attach, keyKinds, type KeyKind, newSigner, payloadFor, type Signer } from './helpers/signing.js';
import { failsWith, openWorld, type World } from './helpers/world.js';

describe('the signature policy', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let registry: Registry;
  let signer: Signer;
  let stranger: Signer;
  let directory: string;
  let world: World;
  let policyFile: string;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    registry = await startRegistry(cleanup);
    signer = newSigner(cleanup);
    stranger = newSigner(cleanup);
    directory = mkdtempSync(join(tmpdir(), 'slipway-policy-'));
    cleanup.after(() => rmSync(directory, { recursive: true }));
    policyFile = join(directory, 'policy.toml');
    world = await openWorld(cleanup, { redis: redis.url, signaturePolicy: policyFile });
  });
  after(() => cleanup.run());

  const demand = (keys: readonly string[], more = ''): void => {
    const list = keys.map((key) => `"${key}"`).join(', ');
    writeFileSync(
      policyFile,
      `[default]\ntype = "reject"\n\n[images."${registry.host}"]\ntype = "sigstoreSigned"\nkeyPaths = [${list}]\n${more}`,
    );
  };
  let count = 0;
  const pushed = async (): Promise<{ repository: string; name: string; image: TestImage }> => {
    const repository = `signed/app-${count++}`;
    const image = imageOf([noiseLayer('file')]);
    await registry.push(repository, 'v1', image);
    return { repository, name: `${registry.host}/${repository}`, image };
  };
  /** The pull fails with the kubelet's word first and `parts` in its text; no record and no layer is left. */
  const isRefused = async (name: string, image: TestImage, ...parts: string[]): Promise<void> => {
    await assert.rejects(world.pull(`${name}:v1`), (error) => {
      assert.ok(isSlipwayError(error));
      assert.match(error.describe(), /^SignatureValidationFailed: /);
      return failsWith('SIGNATURE_INVALID', name, ...parts)(error);
    });
    assert.equal(await world.records.images.get(image.id), undefined);
    assert.equal(await world.has(image.layers[0]?.diffID ?? ''), false);
    assert.deepEqual(readdirSync(join(world.root, 'downloads')), []);
  };
  const signed = (by: Signer, digest: string, name: string) => {
    const payload = payloadFor(digest, name);
    return { payload, signature: by.sign(payload) };
  };

  for (const kind of Object.keys(keyKinds) as KeyKind[]) {
    it(`lets an image in that openssl signed with ${kind}, and none that another key of the kind signed`, async (t) => {
      const [good, other] = [newSigner(t, kind), newSigner(t, kind)];
      demand([good.publicKey]);
      const { repository, name, image } = await pushed();
      await attach(registry, repository, image.digest, [signed(other, image.digest, name)]);
      await isRefused(name, image, 'another key', good.publicKey, `${policyFile}:4`);
      await attach(registry, repository, image.digest, [signed(good, image.digest, name)]);
      assert.equal((await world.pull(`${name}:v1`)).id, image.id);
    });
  }

  it('lets an image in that any of several keys signed, in any of several signatures', async () => {
    demand([stranger.publicKey, signer.publicKey]);
    const { repository, name, image } = await pushed();
    const third = signed(newSigner(cleanup), image.digest, name);
    await attach(registry, repository, image.digest, [third, signed(signer, image.digest, name)]);
    assert.equal((await world.pull(`${name}@${image.digest}`)).id, image.id);
  });

  it('finds a signature that is attached as a referrer', async () => {
    demand([signer.publicKey]);
    const { repository, name, image } = await pushed();
    await attach(registry, repository, image.digest, [signed(signer, image.digest, name)], 'referrers');
    assert.equal((await world.pull(`${name}:v1`)).id, image.id);
  });

  it("takes an index's signature for the image of this platform, and the image's own as well", async () => {
    demand([signer.publicKey]);
    for (const which of ['index', 'image'] as const) {
      const { repository, name, image } = await pushed();
      const index = indexOf([{ image, architecture: hostPlatform().architecture }]);
      await registry.pushManifest(repository, 'v1', index.bytes, index.mediaType);
      await isRefused(name, image, 'no signature is attached', index.digest, image.digest);
      const subject = which === 'index' ? index.digest : image.digest;
      await attach(registry, repository, subject, [signed(signer, subject, name)]);
      assert.equal((await world.pull(`${name}:v1`)).id, image.id);
    }
  });

  it('refuses an image without a signature, and tells how to sign it', async () => {
    demand([signer.publicKey]);
    const { name, image } = await pushed();
    await isRefused(
      name,
      image,
      'no signature is attached',
      `cosign sign --key … ${name}@${image.digest}`,
      `${policyFile}:4`,
    );
  });

  it("refuses another image's signature", async () => {
    demand([signer.publicKey]);
    const { repository, name, image } = await pushed();
    const other = `sha256:${'ab'.repeat(32)}`;
    await attach(registry, repository, image.digest, [signed(signer, other, name)]);
    await isRefused(name, image, `it was made for ${other}`);
  });

  it('refuses a payload that was changed after it was signed', async () => {
    demand([signer.publicKey]);
    const { repository, name, image } = await pushed();
    const { signature } = signed(signer, `sha256:${'ab'.repeat(32)}`, name);
    await attach(registry, repository, image.digest, [{ payload: payloadFor(image.digest, name), signature }]);
    await isRefused(name, image, 'changed afterwards');
  });

  it('refuses a payload whose bytes the registry damages', async (t) => {
    const proxy = await Proxy.start(t, registry);
    writeFileSync(
      policyFile,
      `[default]\ntype = "sigstoreSigned"\nkeyPath = "${signer.publicKey}"\nsignedIdentity = "any"\n`,
    );
    const { repository, name, image } = await pushed();
    const found = signed(signer, image.digest, name);
    await attach(registry, repository, image.digest, [found]);
    proxy.damaged = digestOf(found.payload);
    await isRefused(`${proxy.host}/${repository}`, image, 'has the digest');
    proxy.damaged = '';
    assert.equal((await world.pull(`${proxy.host}/${repository}:v1`)).id, image.id);
  });

  it('refuses a payload of another kind', async () => {
    demand([signer.publicKey]);
    const { repository, name, image } = await pushed();
    const payload = payloadFor(image.digest, name, 'atomic container signature');
    await attach(registry, repository, image.digest, [{ payload, signature: signer.sign(payload) }]);
    await isRefused(name, image, 'critical.type is "atomic container signature"');
  });

  it('refuses a signature that was made for another repository, unless the policy says so', async () => {
    demand([signer.publicKey]);
    const { repository, name, image } = await pushed();
    await attach(registry, repository, image.digest, [signed(signer, image.digest, 'quay.io/up/stream')]);
    await isRefused(name, image, 'it was made for quay.io/up/stream', name);
    demand([signer.publicKey], 'signedIdentity = "any"\n');
    assert.equal((await world.pull(`${name}:v1`)).id, image.id);
  });

  it('knows a mirror by the name under which its images were signed', async () => {
    demand([signer.publicKey], 'signedPrefix = "quay.io/up"\n');
    const { repository, name, image } = await pushed();
    await attach(registry, repository, image.digest, [signed(signer, image.digest, `quay.io/up/${repository}`)]);
    assert.equal((await world.pull(`${name}:v1`)).id, image.id);
  });

  it('holds tags against the signed name where the policy wants it exactly', async () => {
    demand([signer.publicKey], 'signedIdentity = "matchExact"\n');
    const { repository, name, image } = await pushed();
    await attach(registry, repository, image.digest, [signed(signer, image.digest, `${name}:v2`)]);
    await isRefused(name, image, `not for ${name}:v1`);
    await attach(registry, repository, image.digest, [signed(signer, image.digest, `${name}:v1`)]);
    assert.equal((await world.pull(`${name}:v1`)).id, image.id);
  });

  it('holds an image that is on disk against the policy of the moment, without a restart', async () => {
    writeFileSync(policyFile, '[default]\ntype = "insecureAcceptAnything"\n');
    const { name, image } = await pushed();
    await world.pull(`${name}:v1`);
    writeFileSync(policyFile, '[default]\ntype = "reject"\n');
    await assert.rejects(world.pull(`${name}:v1`), failsWith('SIGNATURE_INVALID', `${policyFile}:1`, 'rejects it'));
    assert.equal((await world.records.images.get(image.id))?.id, image.id);
  });

  it('lets nothing in while the policy or a key cannot be read, and says where the fault is', async () => {
    const { name, image } = await pushed();
    writeFileSync(policyFile, '[default]\ntype = "reject"\nkeyPath = "x"\n');
    await isRefused(name, image, `${policyFile}:3: keyPath contradicts type = "reject"`);
    rmSync(policyFile);
    await isRefused(name, image, `cannot read ${policyFile}`);
    demand([join(directory, 'nobody.pub')]);
    await isRefused(name, image, `key ${join(directory, 'nobody.pub')}: cannot be read`);
    const secret = join(directory, 'secret.pem');
    writeFileSync(secret, readFileSync(signer.publicKey.replace(/pub$/, 'pem')));
    demand([secret]);
    await isRefused(name, image, 'it holds a PRIVATE KEY, not a public key');
  });

  it("gives the registry's own error when it goes away in between, and records nothing", async (t) => {
    const proxy = await Proxy.start(t, registry);
    writeFileSync(policyFile, `[default]\ntype = "sigstoreSigned"\nkeyPath = "${signer.publicKey}"\n`);
    const { repository, image } = await pushed();
    proxy.brokenManifests = /\.sig$/;
    await assert.rejects(
      world.pull(`${proxy.host}/${repository}:v1`),
      failsWith('REGISTRY_UNAVAILABLE', `${image.digest.replace(':', '-')}.sig`, proxy.host),
    );
    assert.equal(await world.records.images.get(image.id), undefined);
  });
});
