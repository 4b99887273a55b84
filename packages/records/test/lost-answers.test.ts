import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ContainerPhase } from '@slipway/contracts';
import { type RunningServer, startRedis, temporaryDirectory } from '@slipway/test-servers';
import { pino } from 'pino';
import { connectRecords, movePhase, type Records } from '../src/index.js';

const { CONTAINER_INTENT, CONTAINER_PHASE_CREATED } = ContainerPhase;

describe('a change that Redis makes, and whose answer is lost with the connection', { timeout: 60_000 }, () => {
  let redis: RunningServer;
  let root: string;
  let server: Server;
  let records: Records;
  /** The next command that holds this text is passed on, and the connection ends instead of its answer. */
  let lose: string | undefined;

  const proxy = (client: Socket): void => {
    const real = connect(redis.url.slice('unix://'.length));
    let isLost = false;
    client.on('data', (data) => {
      if (lose !== undefined && data.includes(lose)) {
        lose = undefined;
        isLost = true;
      }
      real.write(data);
    });
    real.on('data', (data) => {
      if (isLost) client.destroy();
      else client.write(data);
    });
    for (const [one, other] of [
      [client, real],
      [real, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  };

  before(async () => {
    root = await temporaryDirectory();
    redis = await startRedis();
    const path = join(root, 'proxy.sock');
    server = createServer(proxy);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    records = await connectRecords({ url: `unix://${path}`, node: 'n', root, log: pino({ level: 'silent' }) });
  });
  after(async () => {
    await records?.close();
    server?.close();
    await redis?.stop();
    await rm(root, { recursive: true, force: true });
  });

  it('is one that was made: a record that is inserted is no conflict with itself', async () => {
    lose = 'inserted';
    await records.containers.insert('inserted', { id: 'inserted' });
    assert.equal(lose, undefined);
    await assert.rejects(records.containers.insert('inserted', { id: 'inserted' }), { code: 'RECORD_CONFLICT' });
  });

  it('is one that was made: the step that moves a record has moved it', async () => {
    await records.containers.insert('moved', { id: 'moved' });
    // Only the change names it.
    lose = ':journal';
    const move = () =>
      movePhase(records.containers, 'moved', [CONTAINER_INTENT], () => ({ phase: CONTAINER_PHASE_CREATED }));
    const { moved, record } = await move();
    assert.equal(lose, undefined);
    assert.deepEqual([moved, record?.phase], [true, CONTAINER_PHASE_CREATED]);
    assert.equal((await move()).moved, false);
  });

  // Shorter than the lease for which another process's claim is waited for.
  it('is one that was made: the claim of an operation is not waited for by its own owner', {
    timeout: 8000,
  }, async () => {
    lose = 'claimed';
    const outcome = await records.operations.run('claimed', 'a', async () => undefined);
    assert.equal(lose, undefined);
    assert.deepEqual([outcome.id, outcome.fresh], ['a', true]);
  });
});
