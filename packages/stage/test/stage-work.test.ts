import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Puller, SpanEvent, StageEvent } from '@slipway/contracts';
import { connectBus, newTrace, stageClient } from '../src/index.js';
import { sleep, Stages } from './stages.js';

describe('the work of a stage', () => {
  const stages = Stages.use();

  it('shares work between instances and drains without losing a call', async () => {
    const seen = new Set<string>();
    const start = () =>
      stages.serve({
        pullImage: async (_request, context) => {
          seen.add(context.log.bindings()['method'] as string);
          await sleep(5);
          return {};
        },
      });
    const one = await start();
    await start();
    const puller = stageClient(stages.caller, Puller);
    const calls = Array.from({ length: 60 }, () => puller.pullImage({ reference: 'a' }));
    await one.server.drain();
    assert.equal(one.server.inFlight(), 0);
    await Promise.all([...calls, ...Array.from({ length: 20 }, () => puller.pullImage({ reference: 'a' }))]);
  });

  it('is drained and put back without losing a call, and says so', async () => {
    const changes: StageEvent[] = [];
    const events = stages.caller.subscribeEvents('stage', StageEvent, (event) => changes.push(event));
    const count = { one: 0, two: 0 };
    const start = (name: 'one' | 'two', drained = false) =>
      stages.serve(
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
    const puller = stageClient(stages.caller, Puller);
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
    await stages.caller.connection.flush();
    events.unsubscribe();
    const states = changes.map(({ state, instance }) => `${instance === one.bus.instance ? 'one' : 'two'} ${state}`);
    assert.deepEqual(states.slice(0, 4), ['one up', 'two up', 'one draining', 'one drained']);
    assert.equal(states.at(-1), 'two down');
  });

  it('works on no more calls concurrently than configured', async () => {
    let running = 0;
    let most = 0;
    await stages.serve(
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
    await Promise.all(
      Array.from({ length: 12 }, () => stageClient(stages.caller, Puller).pullImage({ reference: 'a' })),
    );
    assert.equal(most, 3);
  });

  it('works on others while a call only waits, and by turns of whom they are for', async () => {
    const begun: string[] = [];
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    await stages.serve(
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
    const bus = await connectBus({ url: stages.url, node: 'n6', role: 'gateway' });
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

  it('tells of each call in a span below its stages.caller, and of the steps within', async () => {
    const spans: SpanEvent[] = [];
    const subscription = stages.caller.subscribeEvents('span', SpanEvent, (span) => spans.push(span));
    await stages.serve({ pullImage: (_request, context) => context.span('resolve', async () => ({})) });
    const trace = newTrace();
    await stageClient(stages.caller, Puller).pullImage({ reference: 'a' }, { trace });
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

  it('publishes the spans of its last calls when it ends immediately', async () => {
    const spans: SpanEvent[] = [];
    const subscription = stages.caller.subscribeEvents('span', SpanEvent, (span) => spans.push(span));
    const { bus } = await stages.serve({ imageFsInfo: async () => ({}) });
    await stageClient(stages.caller, Puller).imageFsInfo({});
    await bus.close();
    await stages.caller.connection.flush();
    subscription.unsubscribe();
    assert.deepEqual(
      spans.map(({ name, instance }) => [name, instance]),
      [['ImageFsInfo', bus.instance]],
    );
  });
});
