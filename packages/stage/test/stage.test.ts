import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Executor, ImageRecord, Puller, PullProgress, StageEvent } from '@slipway/contracts';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { timeLeft } from '@slipway/time';
import { connect, headers } from 'nats';
import { stageClient, type StageContext } from '../src/index.js';
import { hasCode, sleep, Stages } from './stages.js';

describe('a stage', () => {
  const stages = Stages.use();

  it('takes a deadline for the time that its caller gives, however the clocks of both stand', async () => {
    const given: number[] = [];
    await stages.serve({
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
      const answer = await stages.caller.connection.request('slipway.n1.puller.ImageFsInfo', undefined, {
        headers: head,
        timeout: 5000,
      });
      assert.equal(answer.headers?.get('Slipway-Status'), 'done');
    }
    // As callers of other makers may send it: one clock for both is all that is left then.
    const head = headers();
    head.set('Slipway-Deadline', String(Date.now() + 60_000));
    await stages.caller.connection.request('slipway.n1.puller.ImageFsInfo', undefined, {
      headers: head,
      timeout: 5000,
    });
    await stageClient(stages.caller, Puller).imageFsInfo({}, { timeoutMs: 60_000 });
    assert.equal(given.length, 5);
    for (const ms of given) assert.ok(ms > 50_000 && ms <= 60_010, `${ms} ms`);
  });

  it('answers a typed call', async () => {
    await stages.serve({
      pullImage: async (request) => ({ image: { id: request.reference, pulledAt: 1763817456123456789n } }),
    });
    const answer = await stageClient(stages.caller, Puller).pullImage({ reference: 'alpine' });
    assert.deepEqual(answer.image, ImageRecord.create({ id: 'alpine', pulledAt: 1763817456123456789n }));
  });

  it('hands errors on with code, stage, object, hint and causes', async () => {
    await stages.serve({
      removeImage: async () => {
        throw new SlipwayError('DISK_FULL', 'no space left', { object: 'layer x', cause: new Error('ENOSPC') });
      },
    });
    await assert.rejects(stageClient(stages.caller, Puller).removeImage({ id: 'a' }), (error: unknown) => {
      assert.ok(isSlipwayError(error));
      assert.equal(error.code, 'DISK_FULL');
      assert.equal(error.stage, 'puller');
      assert.equal(error.object, 'layer x');
      assert.equal((error.cause as Error).message, 'ENOSPC');
      assert.match(error.describe(), /puller: layer x: no space left \(DISK_FULL: free space/);
      return true;
    });
  });

  it('is unavailable immediately when no instance runs, and for other nodes', async () => {
    await stages.serve({}, 'n2');
    await assert.rejects(stageClient(stages.caller, Puller).imageFsInfo({}), hasCode('STAGE_UNAVAILABLE'));
  });

  it('joins calls of one operation and works once', async () => {
    let runs = 0;
    await stages.serve({
      pullImage: async () => {
        runs++;
        await sleep(50);
        return { image: { id: 'x' } };
      },
    });
    const puller = stageClient(stages.caller, Puller);
    const call = (operation: string) => puller.pullImage({ reference: 'a' }, { operation });
    const answers = await Promise.all([call('op1'), call('op1'), call('op2')]);
    assert.equal(runs, 2);
    assert.deepEqual(
      answers.map((answer) => answer.image?.id),
      ['x', 'x', 'x'],
    );
  });

  it('beats with progress while it works, and outlasts the stall time by it', async () => {
    await stages.serve({
      pullImage: async (_request, context: StageContext) => {
        context.beat(PullProgress.encode({ step: 'fetch', bytesDone: 5n }));
        await sleep(500);
        return {};
      },
    });
    const beats: PullProgress[] = [];
    await stageClient(stages.caller, Puller).pullImage(
      { reference: 'a' },
      { stallMs: 250, onBeat: (bytes) => beats.push(PullProgress.decode(bytes)) },
    );
    assert.equal(beats[0]?.bytesDone, 5n);
  });

  it('stops the work when its only caller goes, but not while another waits', async () => {
    const stopped: string[] = [];
    await stages.serve({
      pullImage: async (request, { signal }) => {
        signal.addEventListener('abort', () => stopped.push(request.reference));
        await sleep(150);
        signal.throwIfAborted();
        return {};
      },
    });
    const puller = stageClient(stages.caller, Puller);
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
    await stages.serve({
      pullImage: async (_request, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        reason = (signal.reason as Error).message;
        throw signal.reason;
      },
    });
    await assert.rejects(
      stageClient(stages.caller, Puller).pullImage({ reference: 'a' }, { timeoutMs: 80 }),
      (error) => {
        return isSlipwayError(error) && (error.code === 'DEADLINE' || error.code === 'CANCELLED');
      },
    );
    await sleep(50);
    assert.match(reason, /deadline/);
  });

  it('sends responses over the message limit in pieces, unchanged', async () => {
    const config = Buffer.alloc(5 * 1024 * 1024, 'slipway!');
    await stages.serve({ pullImage: async () => ({ image: { config } }) });
    const answer = await stageClient(stages.caller, Puller).pullImage({ reference: 'a' });
    assert.ok(config.equals(answer.image?.config as Uint8Array));
  });

  it('refuses a request over the message limit with both sizes', async () => {
    await stages.serve({});
    const call = stageClient(stages.caller, Puller).pullImage({ reference: 'a'.repeat(2 << 20) });
    await assert.rejects(call, hasCode('LIMIT_EXCEEDED'));
  });

  it('repeats an idempotent call elsewhere when its instance ends in the middle of the work', async () => {
    const first = await stages.serve({ removeImage: () => new Promise(() => undefined) });
    const call = stageClient(stages.caller, Puller).removeImage({ id: 'a' }, { stallMs: 10_000 });
    await sleep(250);
    await stages.serve({ removeImage: async () => ({}) });
    await first.bus.connection.close();
    // The event of a supervisor whose child ended without one.
    stages.caller.publishEvent('stage', StageEvent, { stage: 'puller', instance: first.bus.instance, state: 'down' });
    assert.deepEqual(await call, {});
  });

  it('cancels a call that may not be repeated when its instance falls silent, and says that it may have run', async () => {
    const heard: string[] = [];
    let reply = '';
    const silent = stages.caller.connection.subscribe('slipway.n1.executor.runc.ExecSync', {
      callback: (_error, message) => {
        reply = message.reply ?? '';
      },
    });
    const cancels = stages.caller.connection.subscribe('slipway.n1.cancel.executor.runc', {
      callback: (_error, message) => void heard.push(message.string()),
    });
    const { execSync } = stageClient(stages.caller, Executor, { handler: 'runc' });
    await assert.rejects(execSync({ id: 'a' }, { stallMs: 100 }), (error: Error) => {
      assert.match(error.message, /ExecSync is not repeated, and may have run or still run/);
      return hasCode('STAGE_STALLED')(error);
    });
    await stages.caller.connection.flush();
    assert.deepEqual(heard, [reply]);
    silent.unsubscribe();
    cancels.unsubscribe();
  });

  it('goes on hearing after a listener that throws and a reply that is no reply', async () => {
    const events = stages.caller.subscribeEvents('stage', StageEvent, () => assert.fail('this listener is broken'));
    const stranger = stages.caller.connection.subscribe('slipway.n1.puller.RemoveImage', {
      callback: (_error, message) => {
        const bad = headers();
        bad.set('Slipway-Status', 'error');
        message.respond(Buffer.from([0xff, 0xff]), { headers: bad });
      },
    });
    const { removeImage, pullImage } = stageClient(stages.caller, Puller);
    await assert.rejects(removeImage({ id: 'a' }, { stallMs: 100 }), hasCode('STAGE_STALLED'));
    await stages.serve({ pullImage: async () => ({}) });
    assert.deepEqual(await pullImage({ reference: 'a' }), { image: undefined });
    events.unsubscribe();
    stranger.unsubscribe();
  });

  it('is seen by the tools for NATS micro services', async () => {
    const { bus } = await stages.serve({ imageFsInfo: async () => ({}) });
    await stageClient(stages.caller, Puller).imageFsInfo({});
    const plain = await connect({ servers: stages.url });
    const found = [];
    for await (const info of await plain.services.client().info('slipway-puller')) found.push(info);
    await plain.close();
    assert.equal(found[0]?.metadata?.['instance'], bus.instance);
    assert.ok(found[0]?.endpoints.some((endpoint) => endpoint.subject === 'slipway.n1.puller.PullImage'));
  });
});
