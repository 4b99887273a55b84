import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Puller } from '@slipway/contracts';
import { type RunningServer, startNats, temporaryDirectory } from '@slipway/test-servers';
import { type Msg, nkeys } from 'nats';
import { type Bus, callerKeyFile, connectBus, readCallerKeys, serveStage, stageClient } from '../src/index.js';
import { hasCode, log, unused } from './stages.js';

interface Pair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
}

describe('calls that their callers sign', () => {
  let nats: RunningServer;
  let directory: string;
  let pulled: string[];
  const open: Bus[] = [];

  before(async () => {
    nats = await startNats();
    directory = await temporaryDirectory();
    for (const role of ['gateway', 'operator', 'puller'] as const) {
      const pair = nkeys.createUser() as unknown as Pair;
      await writeFile(join(directory, `${role}.nk`), `${Buffer.from(pair.getSeed()).toString('ascii')}\n`);
      if (role !== 'puller') await writeFile(callerKeyFile(directory, role), `${pair.getPublicKey()}\n`);
    }
    pulled = [];
    const callers = readCallerKeys(directory);
    assert.ok(callers);
    const bus = await connectBus({ url: nats.url, node: 'n1', role: 'puller', callers });
    open.push(bus);
    await serveStage(bus, Puller, {
      handlers: {
        ...unused,
        pullImage: ({ reference }) => {
          pulled.push(reference);
          return Promise.resolve({});
        },
      },
      version: '1.0.0',
      log,
    });
  });
  after(async () => {
    for (const bus of open) await bus.close();
    await nats.stop();
    await rm(directory, { recursive: true });
  });

  const as = async (role: string, key?: string): Promise<Bus> => {
    const nkeyFile = key && join(directory, `${key}.nk`);
    const bus = await connectBus({ url: nats.url, node: 'n1', role, nkeyFile });
    open.push(bus);
    return bus;
  };

  it('run for the gateway and for tools, each with its own key, and for nobody else', async () => {
    for (const role of ['gateway', 'operator']) {
      await stageClient(await as(role, role), Puller).pullImage({ reference: role });
    }
    const strangers = [
      await as('gateway'),
      await as('gateway', 'operator'),
      await as('gateway', 'puller'),
      await as('puller', 'puller'),
    ];
    for (const bus of strangers) {
      await assert.rejects(stageClient(bus, Puller).pullImage({ reference: 'x' }), hasCode('NOT_PERMITTED'));
    }
    assert.deepEqual(pulled, ['gateway', 'operator']);
  });

  it('are refused when whoever carries them has changed something', async () => {
    const before = pulled.length;
    const gateway = await as('gateway', 'gateway');
    const eavesdropper = await as('nats');
    const heard = new Promise<Msg>((resolve) => {
      eavesdropper.connection.subscribe('slipway.n1.puller.PullImage', { callback: (_, message) => resolve(message) });
    });
    await eavesdropper.connection.flush();
    await stageClient(gateway, Puller).pullImage({ reference: 'true' });
    const { subject, data, headers, reply } = await heard;
    assert.ok(headers);
    const answers: string[] = [];
    eavesdropper.connection.subscribe('_INBOX_gateway.>', {
      callback: (_, message) => answers.push(message.headers?.get('Slipway-Status') ?? ''),
    });
    const send = async (payload: Uint8Array, to: string): Promise<void> => {
      const count = answers.length;
      eavesdropper.connection.publish(subject, payload, { headers, reply: to });
      while (answers.length === count) await new Promise((wake) => setTimeout(wake, 10));
    };
    const forged = Puller.methods.pullImage.request.encode({ reference: 'forged' });
    await send(forged, reply ?? '');
    await send(data, `${reply}x`);
    headers.set('Slipway-Operation', 'another');
    await send(data, reply ?? '');
    assert.deepEqual(answers, ['error', 'error', 'error']);
    assert.deepEqual(pulled.slice(before), ['true']);
  });
});
