import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Puller, PullProgress, PullSecret } from '@slipway/contracts';
import { isSlipwayError } from '@slipway/errors';
import { LayerStore } from '@slipway/layers';
import { type Bus, connectBus, stageClient } from '@slipway/stage';
import { type RunningServer, startNats, startRedis } from '@slipway/test-servers';
import { Downloads } from '../src/pull/downloads.js';
import { imageOf, noiseLayer, type TestImage } from './helpers/images.js';
import { Proxy } from './helpers/proxy.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup, type Scope, until } from './helpers/scope.js';

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));

describe('puller processes', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let nats: RunningServer;
  let registry: Registry;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    nats = await startNats();
    cleanup.after(() => nats.stop());
    registry = await startRegistry(cleanup);
  });
  after(() => cleanup.run());

  /** A node with a root directory, a bus for callers and no puller yet. */
  const openNode = async (scope: Scope) => {
    const undo = new Cleanup();
    scope.after(() => undo.run());
    const node = `test-${randomUUID()}`;
    const root = await mkdtemp(join(tmpdir(), 'slipway-puller-node-'));
    undo.after(() => rm(root, { recursive: true, force: true }));
    const bus = await connectBus({ url: nats.url, node, role: 'gateway' });
    undo.after(() => bus.close());
    const proxy = await Proxy.start(undo, registry);
    const start = () => startProcess(undo, bus, ['--node', node, '--root', root, '--state', join(root, 'run')]);
    return { root, bus, proxy, start, client: stageClient(bus, Puller), store: new LayerStore(root) };
  };

  const startProcess = async (
    scope: Scope,
    bus: Bus,
    flags: string[],
    logs?: { level: string; listen: (text: string) => void },
  ): Promise<ChildProcess> => {
    const instance = `puller-${randomUUID()}`;
    const up = new Promise<void>((resolve) => {
      const events = bus.connection.subscribe(`slipway.${bus.node}.events.stage`, {
        callback: (_error, message) => {
          if (!Buffer.from(message.data).includes(instance)) return;
          events.unsubscribe();
          resolve();
        },
      });
    });
    await bus.connection.flush();
    const servers = ['--nats.url', nats.url, '--redis.url', redis.url, '--stage.beatMs', '100'];
    const child = spawn(process.execPath, [main, ...flags, ...servers, '--instance', instance], {
      stdio: ['ignore', 'ignore', logs ? 'pipe' : 'inherit'],
      env: { ...process.env, SLIPWAY_LOG_LEVEL: logs?.level ?? 'error' },
    });
    child.stderr?.on('data', (data: Buffer) => logs?.listen(data.toString()));
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    scope.after(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    await Promise.race([
      up,
      gone.then(() => {
        throw new Error('the puller ended at its start');
      }),
    ]);
    return child;
  };

  const push = async (image: TestImage): Promise<string> => {
    const repository = `node-${randomUUID()}`;
    await registry.push(repository, 'v1', image);
    return `${repository}:v1`;
  };

  it('answer over NATS with progress and with errors that say what to do', async (t) => {
    const { client, proxy, start } = await openNode(t);
    await start();
    const image = imageOf([noiseLayer('a', 500_000)]);
    const name = await push(image);
    proxy.bytesPerSecond = 1_000_000;
    const beats: PullProgress[] = [];
    const { image: record } = await client.pullImage(
      { reference: `${proxy.host}/${name}` },
      { operation: 'pull', onBeat: (bytes) => beats.push(PullProgress.decode(bytes)) },
    );
    assert.equal(record?.id, image.id);
    assert.ok(beats.some(({ step, bytesDone }) => step === 'fetch' && bytesDone > 0n));
    await assert.rejects(client.pullImage({ reference: `${proxy.host}/missing:v1` }), (error) => {
      assert.ok(isSlipwayError(error));
      assert.deepEqual([error.code, error.stage], ['REGISTRY_NOT_FOUND', 'puller']);
      assert.ok(error.describe().includes(`${proxy.host}/missing:v1`));
      return true;
    });
    assert.ok(((await client.imageFsInfo({})).usedBytes ?? 0n) > 0n);
    await client.removeImage({ id: image.id });
  });

  it('fetch and unpack every layer once, however many pull it', async (t) => {
    const { client, proxy, start, store } = await openNode(t);
    await Promise.all([start(), start()]);
    const [base, top] = [noiseLayer('base', 400_000), noiseLayer('top', 400_000)];
    const images = [imageOf([base, top]), imageOf([base, noiseLayer('own')])];
    const names = [await push(images[0] as TestImage), await push(images[1] as TestImage)];
    proxy.bytesPerSecond = 1_000_000;

    // Each with an operation of its own, so that none joins another in its process.
    const calls = Array.from({ length: 8 }, (_, at) =>
      client.pullImage({ reference: `${proxy.host}/${names[at % 2]}` }, { operation: `pull-${at}` }),
    );
    const answers = await Promise.all(calls);

    for (const [at, { image }] of answers.entries()) assert.equal(image?.id, images[at % 2]?.id);
    for (const layer of [base, top, images[1]?.layers[1]]) assert.equal(proxy.fetches(layer?.digest ?? '').length, 1);
    assert.equal((await store.list()).length, 3);
  });

  it('pull with the secret of the call, which is in no message, no record and no log', async (t) => {
    const { bus, client, root } = await openNode(t);
    const closed = await startRegistry(t, { auth: true });
    const image = imageOf([noiseLayer('closed')]);
    await closed.push('closed', 'v1', image);
    const heard: string[] = [];
    const listen = (text: string): void => void heard.push(text);
    const eavesdropper = await connectBus({ url: nats.url, node: bus.node, role: 'builder' });
    t.after(() => eavesdropper.close());
    eavesdropper.connection.subscribe('>', {
      callback: (_error, message) =>
        listen(
          `${message.subject} ${[...(message.headers ?? [])].flat(2).join(' ')} ${Buffer.from(message.data).toString('latin1')}`,
        ),
    });
    await eavesdropper.connection.flush();
    const monitor = connect(redis.url.slice('unix://'.length));
    t.after(() => monitor.destroy());
    monitor.on('data', (data) => listen(data.toString('latin1')));
    monitor.write('MONITOR\r\n');
    const state = join(root, 'run');
    const child = await startProcess(t, bus, ['--node', bus.node, '--root', root, '--state', state], {
      level: 'debug',
      listen,
    });
    for (const password of ['wr0ng', 's3cret']) {
      const secret = PullSecret.encode({ auth: { username: 'tester', password } });
      const pulled = client.pullImage({ reference: `${closed.host}/closed:v1` }, { secret, operation: password[0] });
      if (password === 's3cret') assert.equal((await pulled).image?.id, image.id);
      else await assert.rejects(pulled, (error) => isSlipwayError(error) && error.code === 'REGISTRY_DENIED');
    }
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    assert.ok(heard.some((text) => text.includes('slipway:')) && heard.some((text) => text.includes('"level":')));
    for (const password of ['wr0ng', 's3cret']) {
      for (const form of [password, Buffer.from(`tester:${password}`).toString('base64')]) {
        assert.deepEqual(
          heard.filter((text) => text.includes(form)),
          [],
        );
      }
    }
  });

  it('go on from the bytes that a killed one left', async (t) => {
    const { root, client, proxy, start } = await openNode(t);
    const layer = noiseLayer('big', 3_000_000);
    const image = imageOf([noiseLayer('small'), layer]);
    const name = await push(image);
    const first = await start();
    proxy.bytesPerSecond = 1_500_000;
    const partial = new Downloads(root).of(proxy.host).path(layer.digest);
    const bytes = (): number => statSync(partial, { throwIfNoEntry: false })?.size ?? 0;

    // A single call: its instance dies in the middle, and the call is repeated at the other one.
    const pulling = client.pullImage({ reference: `${proxy.host}/${name}` }, { operation: 'pull', stallMs: 2000 });
    await until('a third is on disk', () => bytes() > layer.blob.length / 3);
    first.kill('SIGKILL');
    await new Promise((resolve) => first.once('exit', resolve));
    const kept = bytes();
    proxy.bytesPerSecond = 0;
    proxy.clear();
    await start();

    assert.equal((await pulling).image?.id, image.id);
    assert.deepEqual(
      proxy.fetches(layer.digest).map((seen) => seen.start),
      [kept],
    );
  });

  it('hand a pull on when they are asked to end', async (t) => {
    const { client, proxy, start } = await openNode(t);
    const layer = noiseLayer('big', 1_000_000);
    const name = await push(imageOf([layer]));
    const first = await start();
    proxy.bytesPerSecond = 100_000;
    const pulling = client.pullImage({ reference: `${proxy.host}/${name}` }, { operation: 'pull' });
    await until('the layer is on its way', () => proxy.fetches(layer.digest).length > 0);
    await start();
    const ended = new Promise((resolve) => first.once('exit', resolve));
    first.kill('SIGTERM');
    assert.equal(await ended, 0);
    proxy.bytesPerSecond = 0;
    assert.equal((await pulling).image?.layers[0]?.digest, layer.digest);
  });
});
