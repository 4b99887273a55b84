import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ContainerPhase } from '@slipway/contracts';
import { isSlipwayError } from '@slipway/errors';
import { type RunningServer, startRedis, temporaryDirectory } from '@slipway/test-servers';
import { pino } from 'pino';
import { connectRecords, type Records } from '../src/index.js';

const log = pino({ level: 'silent' });

describe('the journal', () => {
  let redis: RunningServer;
  let root: string;
  let records: Records;

  before(async () => {
    redis = await startRedis();
    root = await temporaryDirectory();
  });
  beforeEach(async () => {
    await records?.close();
    records = await connectRecords({
      url: redis.url,
      node: `node-${Math.random()}`,
      root: `${root}/${Math.random()}`,
      log,
    });
  });
  after(async () => {
    await records.close();
    await redis.stop();
    await rm(root, { recursive: true, force: true });
  });

  const move = (id: string, phase: ContainerPhase) =>
    records.containers.transition(id, (now) => ({ ...now, phase, pid: now.pid + 1 }));

  it('tells moves and deletions in order, each once, with the record as it was', async () => {
    const reader = records.journal.open(await records.journal.end());
    try {
      const { CONTAINER_INTENT, CONTAINER_PHASE_CREATED, CONTAINER_PHASE_RUNNING } = ContainerPhase;
      await records.containers.put('c1', { id: 'c1' });
      await move('c1', CONTAINER_PHASE_CREATED);
      await move('c1', CONTAINER_PHASE_CREATED);
      await move('c1', CONTAINER_PHASE_RUNNING);
      await Promise.all([records.containers.delete('c1'), records.containers.delete('c1')]);
      // An intent was never shown; a record that is an intent again is gone.
      await records.containers.put('c2', { id: 'c2' });
      await move('c2', CONTAINER_PHASE_CREATED);
      await move('c2', CONTAINER_INTENT);
      await records.containers.delete('c2');
      const changes = await reader.next();
      assert.deepEqual(
        changes.map(({ kind, before: from, after: to, record }) => [
          kind,
          record.id,
          from,
          to,
          'pid' in record && record.pid,
        ]),
        [
          ['containers', 'c1', CONTAINER_INTENT, CONTAINER_PHASE_CREATED, 1],
          ['containers', 'c1', CONTAINER_PHASE_CREATED, CONTAINER_PHASE_RUNNING, 3],
          ['containers', 'c1', CONTAINER_PHASE_RUNNING, undefined, 3],
          ['containers', 'c2', CONTAINER_INTENT, CONTAINER_PHASE_CREATED, 1],
          ['containers', 'c2', CONTAINER_PHASE_CREATED, undefined, 1],
        ],
      );
      assert.ok(changes.every(({ at }) => at > 10n ** 18n));
    } finally {
      reader.close();
    }
  });

  it('is bounded, and says so to who fell behind', async () => {
    const start = await records.journal.end();
    const late = records.journal.open(start);
    const phases = [ContainerPhase.CONTAINER_PHASE_CREATED, ContainerPhase.CONTAINER_PHASE_RUNNING];
    const ids = Array.from({ length: 50 }, (_, at) => `c${at}`);
    await Promise.all(
      ids.map(async (id) => {
        await records.containers.put(id, { id });
        for (let at = 0; at < 90; at++) await move(id, phases[at % 2] as ContainerPhase);
      }),
    );
    const timely = records.journal.open(await records.journal.end());
    try {
      await assert.rejects(late.next(), (error) => isSlipwayError(error) && error.code === 'LIMIT_EXCEEDED');
      await records.containers.delete('c1');
      assert.equal((await timely.next()).length, 1);
    } finally {
      late.close();
      timely.close();
    }
  });

  it('gives a place to one successor of the process that left it, and to no other socket', async () => {
    const { bookmarks } = records;
    const place = { id: '5-0', count: 7 };
    await bookmarks.save('one', '/a.sock', 'gateway-1', place);
    assert.equal(await bookmarks.take('/a.sock', 'gateway-1'), undefined);
    assert.equal(await bookmarks.take('/b.sock', 'gateway-2'), undefined);
    assert.deepEqual(await bookmarks.take('/a.sock', 'gateway-2'), place);
    assert.equal(await bookmarks.take('/a.sock', 'gateway-2'), undefined);
  });

  it('gives each of several successors the earliest place: it is not known who is who', async () => {
    const { bookmarks } = records;
    const early = { id: '5-0', count: 7 };
    await bookmarks.save('late', '/a.sock', 'gateway-1', { id: '6-0', count: 20 });
    await bookmarks.save('early', '/a.sock', 'gateway-1', early);
    await bookmarks.save('middle', '/a.sock', 'gateway-1', { id: '5-9', count: 9 });
    const take = () => bookmarks.take('/a.sock', 'gateway-2');
    assert.deepEqual(await Promise.all([take(), take()]), [early, early]);
    assert.deepEqual(await take(), early);
    assert.equal(await take(), undefined);
  });
});
