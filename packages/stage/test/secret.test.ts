import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Puller } from '@slipway/contracts';
import { isSlipwayError } from '@slipway/errors';
import { type RunningServer, startNats } from '@slipway/test-servers';
import { headers } from 'nats';
import { pino } from 'pino';
import { type Bus, connectBus, serveStage, stageClient, type StageContext } from '../src/index.js';
import { newSealKey, sealFor } from '../src/sealed.js';

const log = pino({ level: 'silent' });
const secret = Buffer.from('hunter2-hunter2');

describe('the secret of a call', () => {
  let nats: RunningServer;
  let caller: Bus;
  let overheard: string[] = [];
  let eavesdropper: Bus;
  const open: Bus[] = [];

  before(async () => {
    // Without permissions: whoever is connected hears all.
    nats = await startNats();
    caller = await connectBus({ url: nats.url, node: 'n1', role: 'gateway' });
    eavesdropper = await connectBus({ url: nats.url, node: 'n1', role: 'builder' });
    eavesdropper.connection.subscribe('>', {
      callback: (_error, message) => {
        const head = [...(message.headers ?? [])].flat(2).join(' ');
        overheard.push(`${message.subject} ${head} ${Buffer.from(message.data).toString('latin1')}`);
      },
    });
    await eavesdropper.connection.flush();
  });
  afterEach(async () => {
    for (const bus of open.splice(0)) await bus.close();
  });
  after(async () => {
    await Promise.all([caller.close(), eavesdropper.close()]);
    await nats.stop();
  });

  const serve = async (pull: (context: StageContext, bus: Bus) => Promise<string>): Promise<void> => {
    const bus = await connectBus({ url: nats.url, node: 'n1', role: 'puller' });
    open.push(bus);
    const handlers = {
      pullImage: async (_request: unknown, context: StageContext) => ({ image: { id: await pull(context, bus) } }),
    };
    // oxlint-disable-next-line typescript/no-explicit-any
    await serveStage(bus, Puller, { handlers: handlers as any, version: '1.0.0', log, beatMs: 50 });
  };
  const tell = async (context: StageContext): Promise<string> =>
    Buffer.from((await context.secret()) ?? 'none').toString();
  const pull = async (options: object): Promise<string | undefined> =>
    (await stageClient(caller, Puller).pullImage({ reference: 'a' }, options)).image?.id;

  it('reaches the instance that works on it, and nobody else on the bus', async () => {
    overheard = [];
    await serve(async (context) => ((await tell(context)) === secret.toString() ? 'same' : 'another'));
    assert.equal(await pull({ secret, operation: 'one' }), 'same');
    assert.equal(await pull({}), 'another', 'a call without a secret asks for none');
    await sleep(100);
    assert.ok(overheard.some((message) => message.startsWith('slipway.n1.puller.PullImage')));
    assert.ok(overheard.some((message) => message.startsWith('_INBOX_puller.gateway.')));
    for (const form of [secret.toString('latin1'), secret.toString('base64'), secret.toString('hex')])
      assert.deepEqual(
        overheard.filter((message) => message.includes(form)),
        [],
      );
  });

  it('goes to the successor of an instance that ended after it was handed the secret', async () => {
    overheard = [];
    let first = true;
    const flaky = async (context: StageContext, bus: Bus): Promise<string> => {
      const answer = await tell(context);
      if (!first) return answer;
      first = false;
      await bus.connection.close();
      return await new Promise(() => undefined);
    };
    await serve(flaky);
    await serve(flaky);
    assert.equal(await pull({ secret, operation: 'two', stallMs: 500 }), secret.toString());
    assert.equal(overheard.filter((message) => message.startsWith('_INBOX_puller.gateway.')).length, 2);
  });

  it('comes from any caller of an operation, where the first one does not answer', async () => {
    overheard = [];
    await serve(tell);
    const head = headers();
    head.set('Slipway-Secret', 'ask');
    head.set('Slipway-Operation', 'three');
    head.set('Slipway-Deadline', String(Date.now() + 60_000));
    caller.connection.publish('slipway.n1.puller.PullImage', undefined, {
      headers: head,
      reply: '_INBOX_gateway.puller.gone.gone',
    });
    assert.equal(await pull({ secret, operation: 'three' }), secret.toString());
  });

  it('is handed only to the inbox of the stage', async () => {
    overheard = [];
    const bus = await connectBus({ url: nats.url, node: 'n2', role: 'puller' });
    const there = await connectBus({ url: nats.url, node: 'n2', role: 'gateway' });
    open.push(bus, there);
    bus.connection.subscribe('slipway.n2.puller.PullImage', {
      queue: 'slipway-puller',
      callback: (_error, message) => {
        const head = headers();
        head.set('Slipway-Status', 'ask');
        message.respond(newSealKey().publicKey, { headers: head, reply: 'slipway.n2.executor.crun.StopContainer' });
      },
    });
    await bus.connection.flush();
    await assert.rejects(
      stageClient(there, Puller).pullImage({ reference: 'a' }, { secret }),
      (error) => isSlipwayError(error) && error.code === 'INTERNAL',
    );
    await sleep(50);
    assert.deepEqual(
      overheard.filter((message) => message.startsWith('slipway.n2.executor')),
      [],
    );
  });

  it('opens with the key, for the purpose and in the form in which it was sealed', () => {
    const key = newSealKey();
    const sealed = sealFor(key.publicKey, secret, 'a');
    assert.deepEqual(key.open(sealed, 'a'), secret);
    assert.notDeepEqual(sealFor(key.publicKey, secret, 'a'), sealed);
    assert.throws(() => key.open(sealed, 'b'));
    assert.throws(() => newSealKey().open(sealed, 'a'));
    for (const at of [0, 40, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      assert.throws(() => key.open(changed, 'a'));
    }
    // A point of small order would give a key that anybody knows.
    assert.throws(() => sealFor(Buffer.alloc(32), secret, 'a'));
    assert.throws(() => sealFor(Buffer.alloc(31), secret, 'a'));
  });
});
