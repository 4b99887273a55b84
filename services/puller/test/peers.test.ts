import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import { FindBlobsRequest, FindBlobsResponse, ReadBlobRequest, ReadBlobResponse } from '@slipway/contracts';
import { connectBus } from '@slipway/stage';
import { createLogger } from '@slipway/telemetry';
import { type RunningServer, startNats, startRedis } from '@slipway/test-servers';
import { connect, type NatsConnection } from 'nats';
import { Peers } from '../src/peers/peers.js';
import { pieceBytes } from '../src/peers/subjects.js';
import { imageOf, noiseLayer, type TestImage } from './helpers/images.js';
import { Proxy } from './helpers/proxy.js';
import { cannotPull, type Registry, startRegistry } from './helpers/registry.js';
import { Cleanup } from './helpers/scope.js';
import { openWorld, type World } from './helpers/world.js';

const log = createLogger({ stage: 'puller', level: 'silent' });
const mega = 1 << 20;

describe('blobs shared between nodes', { skip: cannotPull }, () => {
  const cleanup = new Cleanup();
  let redis: RunningServer;
  let nats: RunningServer;
  let registry: Registry;
  let proxy: Proxy;
  let stranger: NatsConnection;

  before(async () => {
    redis = await startRedis();
    cleanup.after(() => redis.stop());
    nats = await startNats();
    cleanup.after(() => nats.stop());
    registry = await startRegistry(cleanup);
    proxy = await Proxy.start(cleanup, registry);
  });
  afterEach(async () => {
    proxy.clear();
    await stranger?.close();
  });
  after(() => cleanup.run());

  interface Shared {
    world: World;
    peers: Peers;
  }
  const openNode = async (
    t: TestContext,
    node: string,
    options: { keepBytes?: number; bytesPerSecond?: number } = {},
  ): Promise<Shared> => {
    let peers: Peers | undefined;
    const world = await openWorld(t, {
      redis: redis.url,
      peers: async (root) => {
        const bus = await connectBus({ url: nats.url, node, role: 'peer', noEcho: true });
        const { keepBytes = 100 * mega, bytesPerSecond = 200 * mega } = options;
        peers = await Peers.open({ bus, root, keepBytes, bytesPerSecond, findMs: 20_000, silenceMs: 1500, log });
        return peers;
      },
    });
    return { world, peers: peers as Peers };
  };
  let count = 0;
  const push = async (...sizes: number[]): Promise<{ name: string; image: TestImage }> => {
    const image = imageOf(sizes.map((bytes, at) => noiseLayer(`file-${at}`, bytes)));
    const repository = `shared/app-${count++}`;
    await registry.push(repository, 'v1', image);
    return { name: `${proxy.host}/${repository}:v1`, image };
  };
  const layerFetches = (image: TestImage): number =>
    image.layers.reduce((sum, { digest }) => sum + proxy.fetches(digest).length, 0);
  /** A false node: it offers every blob, and answers for pieces as a test asks. */
  const pretend = async (
    answer: (request: ReadBlobRequest) => Uint8Array | undefined,
    sizes: ReadonlyMap<string, number>,
  ): Promise<void> => {
    stranger = await connect({ servers: nats.url });
    stranger.subscribe('slipway.peers.find', {
      callback: (_error, message) => {
        const blobs = FindBlobsRequest.decode(message.data).digests.map((digest) => {
          return { digest, size: BigInt(sizes.get(digest) ?? 0) };
        });
        message.respond(FindBlobsResponse.encode({ node: 'stranger', blobs }));
      },
    });
    stranger.subscribe('slipway.peers.read.stranger', {
      callback: (_error, message) => {
        const data = answer(ReadBlobRequest.decode(message.data));
        if (data) message.respond(ReadBlobResponse.encode({ data }));
      },
    });
    await stranger.flush();
  };
  const sizesOf = (image: TestImage): Map<string, number> =>
    new Map(image.layers.map(({ digest, blob }) => [digest, blob.length]));

  it('takes the layers of an image that another node has from there, and asks the registry for none', async (t) => {
    const first = await openNode(t, 'n1');
    const { name, image } = await push(3 * mega, 1000, 700_000);
    // Nobody else is there to be waited for.
    await first.world.pull(name);
    const second = await openNode(t, 'n2');
    assert.equal(layerFetches(image), 3);
    proxy.clear();
    const record = await second.world.pull(name);
    assert.equal(record.id, image.id);
    assert.equal(layerFetches(image), 0);
    for (const { diffID } of image.layers) assert.ok(await second.world.has(diffID));
    const bytes = image.layers.reduce((sum, { blob }) => sum + blob.length, 0);
    assert.deepEqual({ ...second.peers.counts }, { fromPeers: bytes, fromRegistry: 0, toPeers: 0, failures: 0 });
    assert.deepEqual({ ...first.peers.counts }, { fromPeers: 0, fromRegistry: bytes, toPeers: bytes, failures: 0 });
    assert.deepEqual(readdirSync(join(second.world.root, 'downloads')), []);
  });

  it('hands out no more a second than it may, all askers together', async (t) => {
    const bytesPerSecond = 2 * mega;
    const first = await openNode(t, 'n1', { bytesPerSecond });
    const { name } = await push(3 * mega);
    await first.world.pull(name);
    const others = [await openNode(t, 'n2'), await openNode(t, 'n3')];
    const started = performance.now();
    await Promise.all(others.map(({ world }) => world.pull(name)));
    const seconds = (performance.now() - started) / 1000;
    const sent = first.peers.counts.toPeers;
    assert.ok(sent > 0, 'it shares');
    // The first piece waits for none before it.
    assert.ok(sent <= bytesPerSecond * seconds + pieceBytes, `${sent} bytes in ${seconds} s`);
  });

  it('does without peers when there are none', async (t) => {
    const { world, peers } = await openNode(t, 'n1');
    const { name, image } = await push(1000);
    await world.pull(name);
    assert.equal(layerFetches(image), 1);
    assert.equal(peers.counts.fromPeers, 0);
  });

  it('pulls from the registry when a node lies, and asks that node no more', async (t) => {
    const { world, peers } = await openNode(t, 'n1');
    const { name, image } = await push(mega);
    let asked = 0;
    const lie = ({ length }: ReadBlobRequest): Uint8Array => {
      asked++;
      return randomBytes(length);
    };
    const other = await push(mega);
    await pretend(lie, new Map([...sizesOf(image), ...sizesOf(other.image)]));
    assert.equal((await world.pull(name)).id, image.id);
    assert.ok(await world.has(image.layers[0]?.diffID ?? ''));
    assert.equal(layerFetches(image), 1);
    assert.equal(peers.counts.failures, 1);
    assert.ok(asked > 0);
    asked = 0;
    await world.pull(other.name);
    assert.equal(asked, 0);
  });

  it('goes on at the registry from the bytes that came before a node fell silent', async (t) => {
    const { world, peers } = await openNode(t, 'n1');
    const { name, image } = await push(3 * mega);
    const blob = image.layers[0]?.blob as Buffer;
    const half = 6 * 262_144;
    await pretend(({ offset, length }) => {
      return Number(offset) + length > half ? undefined : blob.subarray(Number(offset), Number(offset) + length);
    }, sizesOf(image));
    assert.equal((await world.pull(name)).id, image.id);
    assert.deepEqual(
      proxy.fetches(image.layers[0]?.digest ?? '').map(({ start }) => start),
      [half],
    );
    assert.equal(peers.counts.fromPeers, half);
    assert.equal(peers.counts.fromRegistry, blob.length - half);
  });

  it('pulls from the registry when a node sends pieces of another length, or goes away', async (t) => {
    const { world } = await openNode(t, 'n1');
    const first = await push(mega);
    await pretend(() => randomBytes(10), sizesOf(first.image));
    assert.equal((await world.pull(first.name)).id, first.image.id);
    await stranger.close();
    const second = await push(mega);
    await pretend(() => {
      stranger.close().catch(() => undefined);
      return undefined;
    }, sizesOf(second.image));
    assert.equal((await world.pull(second.name)).id, second.image.id);
  });

  it('gives up a node that is too slow, whatever it promises', async (t) => {
    const { world, peers } = await openNode(t, 'n1');
    const { name, image } = await push(12 * mega);
    const blob = image.layers[0]?.blob as Buffer;
    const sizes = sizesOf(image);
    await pretend(() => undefined, sizes);
    stranger.subscribe('slipway.peers.read.stranger', {
      callback: (_error, message) => {
        const { offset, length } = ReadBlobRequest.decode(message.data);
        const data = blob.subarray(Number(offset), Number(offset) + length);
        // A megabyte a second.
        setTimeout(() => message.respond(ReadBlobResponse.encode({ data })), (Number(offset) / mega) * 1000);
      },
    });
    await stranger.flush();
    assert.equal((await world.pull(name)).id, image.id);
    assert.equal(peers.counts.failures, 1);
    assert.ok(peers.counts.fromPeers > 0 && peers.counts.fromRegistry > peers.counts.fromPeers);
  });

  it('hands out no more than a piece, no other file, and nothing that is not there', async (t) => {
    await openNode(t, 'n1');
    const asker = await connect({ servers: nats.url });
    t.after(() => asker.close());
    for (const [digest, offset, length] of [
      ['sha256:../../../etc/passwd', 0n, 10],
      [`sha256:${'0'.repeat(64)}`, 0n, 10],
      [`sha256:${'0'.repeat(64)}`, 0n, 10 * mega],
      [`sha256:${'0'.repeat(64)}`, -5n, 10],
    ] as const) {
      const question = ReadBlobRequest.encode({ digest, offset, length });
      const answer = await asker.request('slipway.peers.read.n1', question, { timeout: 20_000 });
      const { data, refusal } = ReadBlobResponse.decode(answer.data);
      assert.equal(data.length, 0);
      assert.notEqual(refusal, '');
    }
  });

  it('keeps blobs within its bound, the last used ones, and drops those of no image', async (t) => {
    const { world, peers } = await openNode(t, 'n1', { keepBytes: 2.5 * mega });
    const kept = (): string[] => readdirSync(join(world.root, 'kept')).filter((name) => name.includes(':'));
    const images = [await push(mega), await push(mega), await push(mega)];
    for (const { name } of images) await world.pull(name);
    const digests = images.map(({ image }) => image.layers[0]?.digest ?? '');
    assert.deepEqual(kept().sort(), digests.slice(1).sort());
    const large = await push(3 * mega);
    await world.pull(large.name);
    assert.deepEqual(kept().sort(), digests.slice(1).sort());
    assert.equal(await peers.kept.removeUnneeded(new Set()), 0, 'what came just now waits for its record');
    await peers.kept.clear();
    assert.deepEqual(kept(), []);
  });

  it('keeps nothing when nothing is shared', async (t) => {
    const world = await openWorld(t, { redis: redis.url });
    await world.pull((await push(1000)).name);
    assert.equal(existsSync(join(world.root, 'kept')), false);
  });
});
