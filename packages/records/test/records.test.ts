import assert from 'node:assert/strict';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ContainerPhase } from '@slipway/contracts';
import { isSlipwayError } from '@slipway/errors';
import { type RunningServer, startRedis, temporaryDirectory } from '@slipway/test-servers';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { connectRecords, type Records } from '../src/index.js';

const log = pino({ level: 'silent' });

describe('records', () => {
  let redis: RunningServer;
  let root: string;
  let one: Records;
  let two: Records;
  let node: string;
  let nodes = 0;
  const open = (): Promise<Records> => connectRecords({ url: redis.url, node, root, log });

  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    await Promise.all([one.close(), two.close()]);
    await redis.stop();
    await rm(root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    if (one) await Promise.all([one.close(), two.close(), rm(root, { recursive: true, force: true })]);
    node = `node-${nodes++}`;
    root = await temporaryDirectory();
    one = await open();
    two = await open();
  });

  it('keeps nanosecond times exact and shows one process what another wrote', async () => {
    await one.containers.insert('c1', { id: 'c1', createdAt: 1763817456123456789n, exitCode: -1 });
    const [seen] = await two.containers.list();
    assert.equal(seen?.createdAt, 1763817456123456789n);
    assert.equal(seen?.exitCode, -1);
    await one.containers.transition('c1', (now) => ({ ...now, exitCode: 7 }));
    assert.equal((await two.containers.list())[0]?.exitCode, 7);
    assert.equal(await one.containers.delete('c1'), true);
    assert.deepEqual(await two.containers.list(), []);
    assert.equal(await two.containers.delete('c1'), false);
  });

  it('shows what changed since the last look, however much it was and whoever changed it', async () => {
    const names = async (records: Records): Promise<string[]> =>
      (await records.containers.list()).map(({ id, exitCode }) => `${id}=${exitCode}`).toSorted();
    const many = Array.from({ length: 600 }, (_, index) => `c${index}`);
    await Promise.all(many.slice(0, 3).map((id) => one.containers.put(id, { id })));
    assert.deepEqual(await names(two), ['c0=0', 'c1=0', 'c2=0']);
    // A few: one moved twice, one put again, one deleted, one new.
    await one.containers.transition('c0', (now) => ({ ...now, exitCode: 1 }));
    await one.containers.transition('c0', (now) => ({ ...now, exitCode: 2 }));
    await two.containers.put('c1', { id: 'c1', exitCode: 5 });
    await one.containers.delete('c2');
    await one.containers.put('c3', { id: 'c3' });
    const looks = await Promise.all([names(two), names(two), names(one)]);
    for (const seen of looks) assert.deepEqual(seen, ['c0=2', 'c1=5', 'c3=0']);
    // More than is remembered.
    await Promise.all(many.map((id) => one.containers.put(id, { id, exitCode: 9 })));
    assert.deepEqual(await names(two), many.map((id) => `${id}=9`).toSorted());
    await one.containers.delete('c7');
    assert.equal((await names(two)).length, 599);
  });

  it('reads all records again where somebody raised the revision without a word of what changed', async () => {
    await one.containers.put('c1', { id: 'c1' });
    assert.equal((await two.containers.list()).length, 1);
    const other = new Redis(redis.url);
    const hash = `slipway:{${node}}:containers`;
    await other
      .multi()
      .hset(hash, 'c2', Buffer.from([0x0a, 0x02, 0x63, 0x32]))
      .incr(`${hash}:revision`)
      .exec();
    await other.quit();
    await one.containers.put('c3', { id: 'c3' });
    const seen = await two.containers.list();
    assert.deepEqual(seen.map(({ id }) => id).toSorted(), ['c1', 'c2', 'c3']);
  });

  it('refuses to insert an id twice', async () => {
    await one.sandboxes.insert('s1', { id: 's1' });
    await assert.rejects(two.sandboxes.insert('s1', { id: 's1' }), (error) => {
      return isSlipwayError(error) && error.code === 'RECORD_CONFLICT';
    });
  });

  it('loses no transition when many processes move one record concurrently', async () => {
    await one.containers.insert('c1', { id: 'c1' });
    const step = (records: Records) => () =>
      records.containers.transition('c1', (now) => ({ ...now, pid: now.pid + 1 }));
    await Promise.all(Array.from({ length: 20 }, (_, index) => step(index % 2 ? one : two)()));
    assert.equal((await one.containers.get('c1'))?.pid, 20);
  });

  it('moves a record as it is now, whatever this process saw of it last', async () => {
    await one.containers.insert('c1', { id: 'c1', exitCode: 1 });
    assert.equal((await two.containers.get('c1'))?.exitCode, 1);
    await one.containers.transition('c1', (now) => ({ ...now, exitCode: 2 }));
    const leftAt1 = (now: { exitCode: number }): boolean => now.exitCode === 1;
    const left = await two.containers.transition('c1', (now) => (leftAt1(now) ? undefined : { ...now, pid: 9 }));
    assert.deepEqual([left?.exitCode, left?.pid], [2, 9]);
    const kept = await one.containers.transition('c1', (now) => (now.pid === 9 ? undefined : { ...now, exitCode: 3 }));
    assert.deepEqual([kept?.exitCode, kept?.pid], [2, 9]);
    await one.containers.delete('c1');
    assert.equal(await two.containers.transition('c1', (now) => ({ ...now, exitCode: 4 })), undefined);
    assert.equal(await one.containers.get('c1'), undefined);
  });

  it('keeps a record as it is when the step says so', async () => {
    await one.containers.insert('c1', { id: 'c1', phase: ContainerPhase.CONTAINER_PHASE_EXITED, exitCode: 3 });
    const now = await one.containers.transition('c1', () => undefined);
    assert.equal(now?.exitCode, 3);
    assert.equal(await one.containers.transition('missing', () => assert.fail('no record')), undefined);
  });

  it('refills an empty redis from disk, also when it comes back empty', async () => {
    await one.containers.insert('c1', { id: 'c1', startedAt: 5n });
    await one.images.put('sha256:ab', { id: 'sha256:ab', repoTags: ['a/b:c'] });
    assert.equal((await one.containers.list()).length, 1);
    await redis.restart();
    // The very first answer counts: a record that seems to be missing would be taken for removed.
    assert.equal((await one.containers.get('c1'))?.startedAt, 5n);
    assert.deepEqual((await two.images.list())[0]?.repoTags, ['a/b:c']);
    await two.containers.transition('c1', (now) => ({ ...now, exitCode: 1 }));
    assert.equal((await one.containers.list())[0]?.exitCode, 1);
  });

  it('sets a bad record aside and goes on', async () => {
    await one.containers.insert('good', { id: 'good' });
    await one.close();
    await writeFile(join(root, 'records/containers/bad'), Buffer.from([0xff, 0xff, 0xff]));
    await redis.restart();
    one = await open();
    assert.deepEqual(
      (await one.containers.list()).map((record) => record.id),
      ['good'],
    );
    assert.deepEqual((await readdir(join(root, 'records/containers'))).toSorted(), ['bad.bad', 'good']);
  });

  it('removes what a writer left that died', async () => {
    const left = join(root, 'records/containers/c1.00000000.tmp');
    await writeFile(left, 'half');
    await utimes(left, 1, 1);
    await one.close();
    one = await open();
    assert.deepEqual(await readdir(join(root, 'records/containers')), []);
  });

  it('does not bring back what was deleted', async () => {
    await one.containers.insert('c1', { id: 'c1' });
    assert.equal(await two.containers.delete('c1'), true);
    await redis.restart();
    assert.deepEqual(await one.containers.list(), []);
    assert.equal(await two.containers.get('c1'), undefined);
  });

  it('lets one process at a time hold a lock, in both directions', async () => {
    let inside = 0;
    let most = 0;
    const work = (records: Records) =>
      records.withLock('x', async () => {
        most = Math.max(most, ++inside);
        await new Promise((wake) => setTimeout(wake, 3));
        inside--;
      });
    await Promise.all(Array.from({ length: 10 }, (_, index) => work(index % 2 ? one : two)));
    assert.equal(most, 1);
  });

  it('reads along with a lock what holds once the lock is had, however long that takes', async () => {
    await one.containers.put('c', { id: 'c', exitCode: 1 });
    const read = (records: Records) => async () => (await records.containers.get('c'))?.exitCode;
    const change = (records: Records) =>
      records.withLock(
        'container:c',
        async (_lost, found) => {
          await new Promise((wake) => setTimeout(wake, 20));
          await records.containers.transition('c', (now) => ({ ...now, exitCode: (found ?? 0) + 1 }));
        },
        { read: read(records) },
      );
    await Promise.all([one, two, one, two, one, two].map(change));
    assert.equal(await read(one)(), 7);
  });

  it('leaves in a file what Redis has, however many processes changed the record', async () => {
    await one.containers.put('c', { id: 'c' });
    const raise = (records: Records): Promise<unknown> =>
      records.containers.transition('c', (now) => ({ ...now, exitCode: now.exitCode + 1 }));
    await Promise.all(Array.from({ length: 20 }, (_, index) => raise(index % 2 ? one : two)));
    await Promise.all([one.close(), two.close()]);
    const redisNow = new Redis(redis.url);
    const kept = await redisNow.hgetBuffer(`slipway:{${node}}:containers`, 'c');
    redisNow.disconnect();
    [one, two] = [await open(), await open()];
    assert.deepEqual(await readFile(join(root, 'records/containers/c')), kept);
    assert.equal((await one.containers.get('c'))?.exitCode, 20);
  });

  it('gives up waiting for a lock when asked to, without breaking the line', async () => {
    const lease = await one.lock('x');
    const controller = new AbortController();
    const waiting = one.lock('x', { signal: controller.signal });
    const behind = one.lock('x');
    controller.abort();
    await assert.rejects(waiting, (error) => isSlipwayError(error) && error.code === 'CANCELLED');
    await lease.release();
    await (await behind).release();
  });

  it('hands the lock of a dead process on when its lease ends', async () => {
    await one.lock('x', { leaseMs: 200 });
    await one.close();
    const lease = await two.lock('x');
    await lease.release();
    one = await open();
  });

  describe('operations', () => {
    it('run once for all callers of all processes', async () => {
      let runs = 0;
      const work = async (): Promise<void> => {
        runs++;
        await new Promise((wake) => setTimeout(wake, 30));
      };
      const outcomes = await Promise.all([
        one.operations.run('k', 'id1', work),
        one.operations.run('k', 'id2', work),
        two.operations.run('k', 'id3', work),
      ]);
      assert.equal(runs, 1);
      assert.equal(new Set(outcomes.map((outcome) => outcome.id)).size, 1);
    });

    it('keep the result for the first that claims it, and say that it exists to the next', async () => {
      const first = await one.operations.run('k', 'id1', async () => undefined);
      assert.equal(first.fresh, true);
      const never = (): Promise<void> => assert.fail('the work is done');
      const second = await two.operations.run('k', 'id2', never);
      assert.deepEqual([second.id, second.delivered, second.fresh], ['id1', false, false]);
      assert.equal(await two.operations.deliver('k', second), true);
      assert.equal(await one.operations.deliver('k', first), false);
      const third = await one.operations.run('k', 'id3', never);
      assert.deepEqual([third.id, third.delivered], ['id1', true]);
      await one.operations.forget('k', first);
      assert.equal(await one.operations.deliver('k', first), false);
      const forgotten = await one.operations.run('k', 'id4', async () => {
        const holder = await two.operations.holder('k');
        await two.operations.forget('k', holder ?? assert.fail('it runs'));
      });
      assert.deepEqual([forgotten.id, forgotten.delivered, forgotten.fresh], ['id4', false, false]);
    });

    it('are not forgotten for another try, whose claim another process holds by then', async () => {
      const made = await one.operations.run('k', 'id1', async () => undefined);
      await one.operations.forget('k', made);
      const never = (): Promise<void> => assert.fail('it runs already');
      const next = await two.operations.run('k', 'id2', async () => {
        // A removal of the first object, or a caller that missed it, which is late with its word.
        await one.operations.forget('k', made);
        await one.operations.forget('k', { ...made, id: 'id2' });
        assert.equal(await one.operations.isRunning('k'), true);
        const joined = one.operations.run('k', 'id3', never);
        joined.catch(() => undefined);
      });
      assert.deepEqual([next.id, next.fresh], ['id2', true]);
      assert.equal((await one.operations.run('k', 'id4', never)).id, 'id2');
    });

    it('begin again where what Redis holds of them is damaged', async () => {
      const other = new Redis(redis.url);
      await other.set(`slipway:{${node}}:operation:k`, '{"state":"del');
      await other.quit();
      assert.equal((await one.operations.run('k', 'id1', async () => undefined)).id, 'id1');
    });

    it('report their failure to everybody who waited, and start again for the next', async () => {
      const fails = async (): Promise<void> => {
        await new Promise((wake) => setTimeout(wake, 30));
        throw new Error('no space');
      };
      const both = await Promise.allSettled([one.operations.run('k', 'a', fails), two.operations.run('k', 'b', fails)]);
      for (const outcome of both) assert.match(String((outcome as PromiseRejectedResult).reason), /no space/);
      assert.equal((await two.operations.run('k', 'c', async () => undefined)).id, 'c');
    });
  });
});
