import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerPhase } from '@slipway/contracts';
import { isSlipwayError } from '@slipway/errors';
import {
  type RunningServer,
  startRedis,
  type SteppedClock,
  steppedClock,
  temporaryDirectory,
} from '@slipway/test-servers';
import { Limit } from '@slipway/time';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { connectRecords, type Records } from '../src/index.js';
import { Journal } from '../src/journal.js';
import { Keys } from '../src/keys.js';
import { Operations } from '../src/operations.js';
import { Silence } from '../src/silence.js';

const leaseMs = 600;

describe('a step of the wall clock by hours', () => {
  let redis: RunningServer;
  let root: string;
  let clock: SteppedClock;
  let one: Records;
  let two: Records;
  const open = (): Promise<Records> =>
    connectRecords({ url: redis.url, node: 'n', root, log: pino({ level: 'silent' }) });
  /** As NTP sets it; answers how far the clock of Redis is off by then, in hours. */
  const step = async (hours: number): Promise<number> => {
    clock.set(hours);
    const client = new Redis(redis.url.slice('unix://'.length));
    const [seconds = 0] = await client.time();
    client.disconnect();
    return Math.round((seconds - Date.now() / 1000) / 3600);
  };

  before(async () => {
    root = await temporaryDirectory();
    clock = steppedClock(root);
    redis = await startRedis({ clock });
  });
  beforeEach(async () => {
    await step(0);
    one ??= await open();
    two ??= await open();
  });
  after(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await redis?.stop();
    await rm(root, { recursive: true, force: true });
  });

  for (const hours of [6, -6]) {
    const where = hours > 0 ? 'forward' : 'back';

    it(`${where} loses no subscriber's place in the events`, async (t) => {
      const place = { id: '5-0', count: 7 };
      const now = Date.now;
      await one.bookmarks.save('one', '/a.sock', 'gateway-1', place);
      t.mock.method(Date, 'now', () => now() + hours * 3_600_000);
      assert.deepEqual(await two.bookmarks.take('/a.sock', 'gateway-2'), place);
    });

    it(`${where} frees no lock that is held`, async () => {
      const name = `held ${where}`;
      const lease = await one.lock(name, { leaseMs });
      assert.equal(await step(hours), hours);
      using limit = new Limit({ ms: 2 * leaseMs });
      await assert.rejects(two.lock(name, { signal: limit.signal }), (error) => {
        return isSlipwayError(error) && error.code === 'CANCELLED';
      });
      assert.equal(lease.signal.aborted, false);
      await lease.release();
      await (await two.lock(name)).release();
    });

    it(`${where} hands the lock of a dead process on after its lease`, async () => {
      const name = `dead ${where}`;
      await one.lock(name, { leaseMs });
      await one.close();
      assert.equal(await step(hours), hours);
      using limit = new Limit({ ms: 20_000 });
      await (await two.lock(name, { signal: limit.signal })).release();
      one = await open();
    });

    it(`${where} begins no operation a second time`, async () => {
      const key = `create ${where}`;
      let finish!: () => void;
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const first = one.operations.run(key, 'a', () => finished);
      for (let tries = 0; !(await two.operations.isRunning(key)) && tries < 100; tries++) await sleep(20);
      assert.equal(await step(hours), hours);
      assert.equal(await two.operations.isRunning(key), true);
      const second = two.operations.run(key, 'b', () => assert.fail('it runs already'));
      await sleep(100);
      finish();
      assert.deepEqual([(await first).id, (await second).id], ['a', 'a']);
    });

    it(`${where} keeps the failure of an operation for those who wait, and no longer`, async () => {
      const key = `fail ${where}`;
      const fails = one.operations.run(key, 'a', () => Promise.reject(new Error('no space')));
      await assert.rejects(fails, /no space/);
      assert.equal(await step(hours), hours);
      assert.equal((await two.operations.look(key))?.state, 'failed');
      for (let tries = 0; (await two.operations.look(key)) && tries < 40; tries++) await sleep(250);
      assert.equal(await two.operations.look(key), undefined);
    });

    it(`${where} drops no event that a subscriber has not read yet`, async () => {
      const id = `event-${where}`;
      const reader = two.journal.open(await two.journal.end());
      try {
        await one.containers.put(id, { id });
        await one.containers.transition(id, (now) => ({ ...now, phase: ContainerPhase.CONTAINER_PHASE_CREATED }));
        assert.equal(await step(hours), hours);
        assert.deepEqual(
          (await reader.next()).map(({ record }) => record.id),
          [id],
        );
      } finally {
        reader.close();
      }
    });
  }
});

describe('what Redis keeps for a while', () => {
  let redis: RunningServer;
  let root: string;
  let records: Records;
  const log = pino({ level: 'silent' });
  const keys = new Keys('n');

  before(async () => {
    root = await temporaryDirectory();
    redis = await startRedis();
    records = await connectRecords({ url: redis.url, node: 'n', root, log });
  });
  after(async () => {
    await records?.close();
    await redis?.stop();
    await rm(root, { recursive: true, force: true });
  });

  /** A process whose monotonic clock the test sets. */
  const another = (): { pass: (ms: number) => void; silence: Silence } => {
    let now = 1000;
    const silence = new Silence(() => now);
    const pass = (ms: number): void => {
      // Ticks of the process that looks: it does not stand still.
      for (let left = ms; left > 0; left -= 500) {
        now += Math.min(left, 500);
        silence.of('another', 'x', now);
      }
    };
    return { pass, silence };
  };

  it('removes the failure that a dead gateway has left, after a while', async () => {
    const dead = await connectRecords({ url: redis.url, node: 'n', root, log });
    await assert.rejects(
      dead.operations.run('k', 'a', () => Promise.reject(new Error('no space'))),
      /no space/,
    );
    await dead.close();
    const { pass, silence } = another();
    const operations = new Operations(records.operations.redis, keys, log, silence, true);
    try {
      await operations.sweep();
      assert.equal((await operations.look('k'))?.state, 'failed');
      pass(4000);
      await operations.sweep();
      assert.equal(await operations.look('k'), undefined);
      assert.deepEqual(await records.operations.redis.smembers(keys.failures()), []);
    } finally {
      operations.close();
      silence.close();
    }
  });

  it('removes the journal once it has had no news for five minutes, and not before', async () => {
    const { pass, silence } = another();
    const journal = new Journal(records.journal.redis, keys, log, silence, true);
    const move = (id: string): Promise<unknown> =>
      records.containers
        .put(id, { id })
        .then(() =>
          records.containers.transition(id, (now) => ({ ...now, phase: ContainerPhase.CONTAINER_PHASE_CREATED })),
        );
    try {
      await move('c1');
      await journal.sweep();
      pass(200_000);
      await move('c2');
      await journal.sweep();
      pass(200_000);
      await journal.sweep();
      assert.equal(await journal.redis.xlen(keys.journal()), 2);
      pass(100_000);
      await journal.sweep();
      assert.equal(await journal.redis.xlen(keys.journal()), 0);
      // Who had read all of it reads on.
      const reader = journal.open(await journal.end());
      await move('c3');
      assert.equal((await reader.next()).length, 1);
      reader.close();
    } finally {
      journal.close();
      silence.close();
    }
  });
});

describe('the silence of a holder', () => {
  let now = 1000;
  const silence = new Silence(() => now);
  after(() => silence.close());

  it('is counted while the value stays, and begins again when Redis or this process stood still', () => {
    // Ticks of the process that looks: it does not stand still.
    const pass = (ms: number): void => {
      for (let left = ms; left > 0; left -= 500) {
        now += Math.min(left, 500);
        silence.of('another', 'x', now);
      }
    };
    assert.equal(silence.of('k', 'a', now), 0);
    pass(2000);
    assert.equal(silence.of('k', 'a', now), 2000);
    assert.equal(silence.of('k', 'b', now), 0, 'it was renewed');
    pass(3000);
    assert.equal(silence.of('k', 'b', now - 2500), 0, 'Redis took so long to answer that nobody could renew');
    pass(1000);
    assert.equal(silence.of('k', 'b', now), 1000);
    now += 9000;
    assert.equal(silence.of('k', 'b', now), 0, 'this process was stopped, and the holder perhaps as well');
  });
});
