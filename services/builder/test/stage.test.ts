import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSettings } from '@slipway/config';
import { Builder, BuildBundleRequest } from '@slipway/contracts';
import { connectRecords } from '@slipway/records';
import { connectBus, stageClient } from '@slipway/stage';
import { startNats, startRedis } from '@slipway/test-servers';
import { serveBuilder } from '../src/index.js';
import { isRoot, Lab } from './lab.js';

const lab = new Lab();

test('two builders on one bus make and remove bundles as asked', {
  skip: isRoot ? false : 'needs root: it mounts',
}, async (t) => {
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  t.after(() => Promise.all([nats.stop(), redis.stop()]));
  const { settings } = loadSettings({ argv: ['--root', lab.path('root'), '--state', lab.path('state')], env: {} });
  const { log } = lab.context;
  const stages = await Promise.all(
    ['a', 'b'].map(async (instance) => {
      const bus = await connectBus({ url: nats.url, node: 'n', role: 'builder', instance });
      const records = await connectRecords({ url: redis.url, node: 'n', root: lab.path('root'), log });
      const service = await serveBuilder({
        settings,
        bus,
        records,
        log,
        metadata: {},
        drained: false,
        observe: () => {},
      });
      return { bus, records, service };
    }),
  );
  const bus = await connectBus({ url: nats.url, node: 'n', role: 'gateway' });
  try {
    const client = stageClient(bus, Builder);
    const image = lab.image([], { Cmd: ['/x'] });
    const request = lab.request(image);
    const id = request.container?.id ?? '';
    // At once, under operations of their own: the lock between the instances makes it one bundle.
    const answers = await Promise.all(
      ['1', '2', '3', '4'].map((operation) => client.buildBundle(request, { operation, timeoutMs: 10_000 })),
    );
    assert.deepEqual(answers[1], answers[0]);
    assert.equal(answers[0]?.bundle, lab.path(`root/bundles/${id}`));
    assert.ok(readFileSync(join(lab.path(`root/bundles/${id}`), 'config.json'), 'utf8').includes('"ociVersion"'));
    assert.equal(lab.mounts().length, 1);
    await assert.rejects(client.buildBundle(BuildBundleRequest.create({}), { timeoutMs: 5000 }), {
      code: 'INVALID_REQUEST',
      stage: 'builder',
    });
    await client.removeBundle({ id }, { timeoutMs: 5000 });
    await client.removeBundle({ id }, { timeoutMs: 5000 });
    assert.ok(!existsSync(lab.path(`root/bundles/${id}`)));
  } finally {
    for (const { bus: own, records, service } of stages) {
      await service.drain();
      await records.close();
      await own.close();
    }
    await bus.close();
  }
});
