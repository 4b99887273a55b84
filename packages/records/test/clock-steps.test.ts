import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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
  }
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
