import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Executor, ImageRecord, Puller, PullProgress, SpanEvent, StageEvent } from '@slipway/contracts';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { type RunningServer, startNats } from '@slipway/test-servers';
import { timeLeft } from '@slipway/time';
import { connect, headers } from 'nats';
import { pino } from 'pino';
import {
  type Bus,
  connectBus,
  newTrace,
  serveStage,
  stageClient,
  type StageContext,
  type StageServer,
} from '../src/index.js';

const log = pino({ level: 'silent' });
const sleep = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));
const hasCode = (code: string) => (error: unknown) => isSlipwayError(error) && error.code === code;

type Handlers = Parameters<typeof serveStage<typeof Puller>>[2]['handlers'];
const unused: Handlers = {
  pullImage: () => assert.fail('not called'),
  removeImage: () => assert.fail('not called'),
  imageFsInfo: () => assert.fail('not called'),
  loadImages: () => assert.fail('not called'),
  explainImage: () => assert.fail('not called'),
  inspectImage: () => assert.fail('not called'),
  collectGarbage: () => assert.fail('not called'),
};

describe('a stage', () => {
  let nats: RunningServer;
  let caller: Bus;
  const open: { bus: Bus; server?: StageServer }[] = [];

  before(async () => {
    nats = await startNats();
    caller = await connectBus({ url: nats.url, node: 'n1', role: 'gateway' });
  });
  afterEach(async () => {
    for (const { bus } of open.splice(0)) await bus.close();
  });
  after(async () => {
    await caller.close();
    await nats.stop();
  });

  const serve = async (
    handlers: Partial<Handlers>,
    node = 'n1',
    concurrency = 64,
    drained = false,
  ): Promise<{ bus: Bus; server: StageServer }> => {
    const bus = await connectBus({ url: nats.url, node, role: 'puller' });
    const server = await serveStage(bus, Puller, {
      handlers: { ...unused, ...handlers },
      version: '1.0.0',
      log,
      concurrency,
      drained,
      beatMs: 50,
    });
    open.push({ bus, server });
    return { bus, server };
  };

  it('takes a deadline for the time that its caller gives, however the clocks of both stand', async () => {
    const given: number[] = [];
    await serve({
      imageFsInfo: async (_request, { deadline, signal }) => {
        given.push(timeLeft(deadline));
        await sleep(30);
        signal.throwIfAborted();
        return { usedBytes: 7n };
      },
    });
    const hour = 3_600_000;
    for (const clock of [Date.now() - hour, Date.now(), Date.now() + hour]) {
      const head = headers();
      head.set('Slipway-Deadline', String(clock + 60_000));
      head.set('Slipway-Sent', String(BigInt(clock) * 1_000_000n));
      const answer = await caller.connection.request('slipway.n1.puller.ImageFsInfo', undefined, {
        headers: head,
        timeout: 5000,
      });
      assert.equal(answer.headers?.get('Slipway-Status'), 'done');
    }
    // As callers of other makers may send it: one clock for both is all that is left then.
    const head = headers();
    head.set('Slipway-Deadline', String(Date.now() + 60_000));
    await caller.connection.request('slipway.n1.puller.ImageFsInfo', undefined, { headers: head, timeout: 5000 });
    await stageClient(caller, Puller).imageFsInfo({}, { timeoutMs: 60_000 });
    assert.equal(given.length, 5);
    for (const ms of given) assert.ok(ms > 50_000 && ms <= 60_010, `${ms} ms`);
  });

  it('answers a typed call', async () => {
    await serve({
      pullImage: async (request) => ({ image: { id: request.reference, pulledAt: 1763817456123456789n } }),
    });
    const answer = await stageClient(caller, Puller).pullImage({ reference: 'alpine' });
    assert.deepEqual(answer.image, ImageRecord.create({ id: 'alpine', pulledAt: 1763817456123456789n }));
  });

  it('hands errors on with code, stage, object, hint and causes', async () => {
    await serve({
      removeImage: async () => {
        throw new SlipwayError('DISK_FULL', 'no space left', { object: 'layer x', cause: new Error('ENOSPC') });
      },
    });
    await assert.rejects(stageClient(caller, Puller).removeImage({ id: 'a' }), (error: unknown) => {
      assert.ok(isSlipwayError(error));
      assert.equal(error.code, 'DISK_FULL');
      assert.equal(error.stage, 'puller');
      assert.equal(error.object, 'layer x');
      assert.equal((error.cause as Error).message, 'ENOSPC');
      assert.match(error.describe(), /puller: layer x: no space left \(DISK_FULL: free space/);
      return true;
    });
  });

  it('is unavailable at once when no instance runs, and for other nodes', async () => {
    await serve({}, 'n2');
    await assert.rejects(stageClient(caller, Puller).imageFsInfo({}), hasCode('STAGE_UNAVAILABLE'));
  });

  it('joins calls of one operation and works once', async () => {
    let runs = 0;
    await serve({
      pullImage: async () => {
        runs++;
        await sleep(50);
        return { image: { id: 'x' } };
      },
    });
    const puller = stageClient(caller, Puller);
    const call = (operation: string) => puller.pullImage({ reference: 'a' }, { operation });
    const answers = await Promise.all([call('op1'), call('op1'), call('op2')]);
    assert.equal(runs, 2);
    assert.deepEqual(
      answers.map((answer) => answer.image?.id),
      ['x', 'x', 'x'],
    );
  });

  it('beats with progress while it works, and outlasts the stall time by it', async () => {
    await serve({
      pullImage: async (_request, context: StageContext) => {
        context.beat(PullProgress.encode({ step: 'fetch', bytesDone: 5n }));
        await sleep(500);
        return {};
      },
    });
    const beats: PullProgress[] = [];
    await stageClient(caller, Puller).pullImage(
      { reference: 'a' },
      { stallMs: 250, onBeat: (bytes) => beats.push(PullProgress.decode(bytes)) },
    );
    assert.equal(beats[0]?.bytesDone, 5n);
  });

  it('stops the work when its only caller goes, but not while another waits', async () => {
    const stopped: string[] = [];
    await serve({
      pullImage: async (request, { signal }) => {
        signal.addEventListener('abort', () => stopped.push(request.reference));
        await sleep(150);
        signal.throwIfAborted();
        return {};
      },
    });
    const puller = stageClient(caller, Puller);
    const go = new AbortController();
    const lone = puller.pullImage({ reference: 'lone' }, { operation: 'lone', signal: go.signal });
    const left = puller.pullImage({ reference: 'shared' }, { operation: 'shared', signal: go.signal });
    const right = puller.pullImage({ reference: 'shared' }, { operation: 'shared' });
    await sleep(30);
    go.abort();
    await assert.rejects(lone, hasCode('CANCELLED'));
    await assert.rejects(left, hasCode('CANCELLED'));
    await right;
    assert.deepEqual(stopped, ['lone']);
  });

  it('ends a call at its deadline and tells the work', async () => {
    let reason = '';
    await serve({
      pullImage: async (_request, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        reason = (signal.reason as Error).message;
        throw signal.reason;
      },
    });
    await assert.rejects(stageClient(caller, Puller).pullImage({ reference: 'a' }, { timeoutMs: 80 }), (error) => {
      return isSlipwayError(error) && (error.code === 'DEADLINE' || error.code === 'CANCELLED');
    });
    await sleep(50);
    assert.match(reason, /deadline/);
  });

  it('sends responses over the message limit in pieces, unchanged', async () => {
    const config = Buffer.alloc(5 * 1024 * 1024, 'slipway!');
    await serve({ pullImage: async () => ({ image: { config } }) });
    const answer = await stageClient(caller, Puller).pullImage({ reference: 'a' });
    assert.ok(config.equals(answer.image?.config as Uint8Array));
  });

  it('refuses a request over the message limit with both sizes', async () => {
    await serve({});
    const call = stageClient(caller, Puller).pullImage({ reference: 'a'.repeat(2 << 20) });
    await assert.rejects(call, hasCode('LIMIT_EXCEEDED'));
  });

  it('repeats an idempotent call elsewhere when its instance ends in the middle of the work', async () => {
    const first = await serve({ removeImage: () => new Promise(() => undefined) });
    const call = stageClient(caller, Puller).removeImage({ id: 'a' }, { stallMs: 10_000 });
    await sleep(250);
    await serve({ removeImage: async () => ({}) });
    await first.bus.connection.close();
    // What a supervisor says when a child of its own ends without a word.
    caller.publishEvent('stage', StageEvent, { stage: 'puller', instance: first.bus.instance, state: 'down' });
    assert.deepEqual(await call, {});
  });

  it('shares work between instances and drains without losing a call', async () => {
    const seen = new Set<string>();
    const start = () =>
      serve({
        pullImage: async (_request, context) => {
          seen.add(context.log.bindings()['method'] as string);
          await sleep(5);
          return {};
        },
      });
    const one = await start();
    await start();
    const puller = stageClient(caller, Puller);
    const calls = Array.from({ length: 60 }, () => puller.pullImage({ reference: 'a' }));
    await one.server.drain();
    assert.equal(one.server.inFlight(), 0);
    await Promise.all([...calls, ...Array.from({ length: 20 }, () => puller.pullImage({ reference: 'a' }))]);
  });

  it('is drained and put back without losing a call, and says so', async () => {
    const told: StageEvent[] = [];
    const events = caller.subscribeEvents('stage', StageEvent, (event) => told.push(event));
    const count = { one: 0, two: 0 };
    const start = (name: 'one' | 'two', drained = false) =>
      serve(
        {
          pullImage: async () => {
            count[name]++;
            await sleep(2);
            return {};
          },
        },
        'n1',
        64,
        drained,
      );
    const one = await start('one');
    const two = await start('two', true);
    const puller = stageClient(caller, Puller);
    let over = false;
    const load = Array.from({ length: 8 }, async () => {
      while (!over) await puller.pullImage({ reference: 'a' });
    });
    for (let turn = 0; turn < 20; turn++) {
      const [from, to] = turn % 2 === 0 ? [one, two] : [two, one];
      const [idle, busy] = turn % 2 === 0 ? (['one', 'two'] as const) : (['two', 'one'] as const);
      await to.server.undrain();
      await from.server.drain();
      assert.equal(from.server.inFlight(), 0);
      const before = { ...count };
      await puller.pullImage({ reference: 'a' });
      assert.equal(count[idle], before[idle], 'a drained instance took a call');
      assert.ok(count[busy] > before[busy]);
    }
    over = true;
    await Promise.all(load);
    const { calls, errors, inFlight, queued, workedMs, waitedMs } = two.server.load();
    assert.deepEqual([calls, errors, inFlight, queued], [count.two, 0, 0, 0]);
    assert.ok(workedMs > count.two && waitedMs > 0);
    await two.bus.close();
    await caller.connection.flush();
    events.unsubscribe();
    const states = told.map(({ state, instance }) => `${instance === one.bus.instance ? 'one' : 'two'} ${state}`);
    assert.deepEqual(states.slice(0, 4), ['one up', 'two up', 'one draining', 'one drained']);
    assert.equal(states.at(-1), 'two down');
  });

  it('cancels a call that may not be repeated when its instance falls silent, and says that it may have run', async () => {
    const heard: string[] = [];
    let reply = '';
    const silent = caller.connection.subscribe('slipway.n1.executor.runc.ExecSync', {
      callback: (_error, message) => {
        reply = message.reply ?? '';
      },
    });
    const cancels = caller.connection.subscribe('slipway.n1.cancel.executor.runc', {
      callback: (_error, message) => void heard.push(message.string()),
    });
    const { execSync } = stageClient(caller, Executor, { handler: 'runc' });
    await assert.rejects(execSync({ id: 'a' }, { stallMs: 100 }), (error: Error) => {
      assert.match(error.message, /ExecSync is not repeated, and may have run or still run/);
      return hasCode('STAGE_STALLED')(error);
    });
    await caller.connection.flush();
    assert.deepEqual(heard, [reply]);
    silent.unsubscribe();
    cancels.unsubscribe();
  });

  it('goes on hearing after a listener that throws and a reply that is no reply', async () => {
    const events = caller.subscribeEvents('stage', StageEvent, () => assert.fail('this listener is broken'));
    const stranger = caller.connection.subscribe('slipway.n1.puller.RemoveImage', {
      callback: (_error, message) => {
        const bad = headers();
        bad.set('Slipway-Status', 'error');
        message.respond(Buffer.from([0xff, 0xff]), { headers: bad });
      },
    });
    const { removeImage, pullImage } = stageClient(caller, Puller);
    await assert.rejects(removeImage({ id: 'a' }, { stallMs: 100 }), hasCode('STAGE_STALLED'));
    await serve({ pullImage: async () => ({}) });
    assert.deepEqual(await pullImage({ reference: 'a' }), { image: undefined });
    events.unsubscribe();
    stranger.unsubscribe();
  });

  it('works on no more calls at once than it is told', async () => {
    let running = 0;
    let most = 0;
    await serve(
      {
        pullImage: async () => {
          most = Math.max(most, ++running);
          await sleep(5);
          running--;
          return {};
        },
      },
      'n1',
      3,
    );
    await Promise.all(Array.from({ length: 12 }, () => stageClient(caller, Puller).pullImage({ reference: 'a' })));
    assert.equal(most, 3);
  });

  it('works on others while a call only waits, and by turns of whom they are for', async () => {
    const begun: string[] = [];
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    await serve(
      {
        removeImage: async ({ id }, context) => {
          begun.push(id);
          if (id.startsWith('wait')) await context.idle(() => over);
          else await sleep(20);
          return {};
        },
      },
      'n6',
      1,
    );
    const bus = await connectBus({ url: nats.url, node: 'n6', role: 'gateway' });
    try {
      const client = stageClient(bus, Puller);
      const call = (id: string, share: string) => client.removeImage({ id }, { share });
      const waiting = [call('wait1', 'a'), call('wait2', 'a')];
      while (begun.length < 2) await sleep(5);
      await Promise.all([...['a1', 'a2', 'a3', 'a4'].map((id) => call(id, 'a')), call('b1', 'b')]);
      // The second place is for who has none: b does not wait for all of a.
      assert.ok(begun.indexOf('b1') < begun.indexOf('a4'), begun.join());
      end();
      await Promise.all(waiting);
    } finally {
      await bus.close();
    }
  });

  it('tells of each call in a span below its caller, and of the steps within', async () => {
    const spans: SpanEvent[] = [];
    const subscription = caller.subscribeEvents('span', SpanEvent, (span) => spans.push(span));
    await serve({ pullImage: (_request, context) => context.span('resolve', async () => ({})) });
    const trace = newTrace();
    await stageClient(caller, Puller).pullImage({ reference: 'a' }, { trace });
    for (const end = Date.now() + 5000; spans.length < 2 && Date.now() < end; ) await sleep(5);
    subscription.unsubscribe();
    const [step, call] = spans;
    assert.equal(call?.name, 'PullImage');
    assert.equal(call?.traceId, trace.traceId);
    assert.equal(call?.parentId, trace.spanId);
    assert.equal(step?.name, 'resolve');
    assert.equal(step?.parentId, call?.spanId);
    assert.ok((call?.worked ?? 0n) >= (step?.worked ?? 0n));
  });

  it('tells the spans of its last calls when it ends at once', async () => {
    const spans: SpanEvent[] = [];
    const subscription = caller.subscribeEvents('span', SpanEvent, (span) => spans.push(span));
    const { bus } = await serve({ imageFsInfo: async () => ({}) });
    await stageClient(caller, Puller).imageFsInfo({});
    await bus.close();
    await caller.connection.flush();
    subscription.unsubscribe();
    assert.deepEqual(
      spans.map(({ name, instance }) => [name, instance]),
      [['ImageFsInfo', bus.instance]],
    );
  });

  it('is seen by the tools for NATS micro services', async () => {
    const { bus } = await serve({ imageFsInfo: async () => ({}) });
    await stageClient(caller, Puller).imageFsInfo({});
    const plain = await connect({ servers: nats.url });
    const found = [];
    for await (const info of await plain.services.client().info('slipway-puller')) found.push(info);
    await plain.close();
    assert.equal(found[0]?.metadata?.['instance'], bus.instance);
    assert.ok(found[0]?.endpoints.some((endpoint) => endpoint.subject === 'slipway.n1.puller.PullImage'));
  });
});
