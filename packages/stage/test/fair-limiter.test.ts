import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairLimiter, type Place } from '../src/index.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that lasts until `end` is called, and records when it began. */
class Work {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();
  readonly places = new Map<string, Place>();

  constructor(readonly limiter: FairLimiter) {}

  start(key: string, name: string, signal?: AbortSignal): Promise<void> {
    const run = (place: Place): Promise<void> => {
      this.begun.push(name);
      this.places.set(name, place);
      return new Promise((resolve) => this.#ends.set(name, resolve));
    };
    return this.limiter.run(key, run, signal);
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await turn();
  }
}

test('keys take turns, whoever queued more', async () => {
  const work = new Work(new FairLimiter({ limit: 1, extra: 0 }));
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2'].map((name) => work.start(name[0] ?? '', name));
  for (let at = 0; at < all.length; at++) await work.end(work.begun.at(-1) ?? '');
  assert.deepEqual(work.begun, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  await Promise.all(all);
  assert.deepEqual([work.limiter.running, work.limiter.waiting], [0, 0]);
});

test('a key that holds all places keeps no other key out', async () => {
  const work = new Work(new FairLimiter({ limit: 2, extra: 1 }));
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) work.start(name[0] ?? '', name).catch(() => undefined);
  await turn();
  assert.deepEqual(work.begun, ['a1', 'a2', 'b1']);
  await work.end('b1');
  assert.deepEqual(work.begun, ['a1', 'a2', 'b1', 'b2'], 'one of the same key follows, which has the turn');
  await work.end('b2');
  assert.deepEqual(work.begun.at(-1), 'c1');
});

test('what waits gives its place up, and comes back before what has not begun', async () => {
  const limiter = new FairLimiter({ limit: 1, extra: 0 });
  const work = new Work(limiter);
  let ready: () => void = () => undefined;
  const order: string[] = [];
  const waits = limiter.run('a', async (place) => {
    await place.idle(
      () =>
        new Promise<void>((resolve) => {
          ready = resolve;
        }),
    );
    order.push('back');
  });
  const first = work.start('b', 'b1');
  const second = work.start('b', 'b2');
  await turn();
  assert.deepEqual(work.begun, ['b1']);
  ready();
  await turn();
  assert.deepEqual(order, [], 'its place is not free yet');
  await work.end('b1');
  await waits;
  assert.deepEqual([order, work.begun], [['back'], ['b1', 'b2']]);
  await work.end('b2');
  await Promise.all([first, second]);
  assert.equal(limiter.running, 0);
});

test('a wait that is short keeps its place, and not more than some give theirs up', async () => {
  const limiter = new FairLimiter({ limit: 1, extra: 0, idle: 1 });
  const ends: (() => void)[] = [];
  const wait = (afterMs?: number) =>
    limiter.run('a', (place) => place.idle(() => new Promise<void>((resolve) => ends.push(resolve)), afterMs));
  const patient = wait(60_000);
  await turn();
  assert.equal(limiter.running, 1);
  ends[0]?.();
  await patient;
  const all = [wait(), wait(), wait()];
  await turn();
  assert.deepEqual([limiter.running, limiter.waiting, ends.length], [1, 1, 3], 'the second one could not');
  for (let at = 1; at < 4; at++) {
    ends[at]?.();
    await turn();
  }
  await Promise.all(all);
});

test('a place that is lent is another’s, and is not asked for again', async () => {
  const work = new Work(new FairLimiter({ limit: 1, extra: 0, idle: 1 }));
  const [slow, fast, third] = [work.start('a', 'slow'), work.start('a', 'fast'), work.start('a', 'third')];
  await turn();
  work.places.get('slow')?.lend();
  await turn();
  assert.deepEqual(work.begun, ['slow', 'fast']);
  await work.end('slow');
  await slow;
  assert.deepEqual(work.begun, ['slow', 'fast'], 'its end frees nothing');
  await work.end('fast');
  work.places.get('third')?.lend();
  assert.equal(work.limiter.running, 0, 'the first loan is over');
  await work.end('third');
  await Promise.all([fast, third]);
});

test('who leaves a queue is not served, and who ends does not wait for a place', async () => {
  const limiter = new FairLimiter({ limit: 1, extra: 0 });
  const work = new Work(limiter);
  const [held, left] = [new AbortController(), new AbortController()];
  let entered = false;
  const ending = limiter.run(
    'a',
    async (place) => {
      await place.idle(() => new Promise((resolve) => setTimeout(resolve, 20)));
      entered = true;
    },
    held.signal,
  );
  const blocking = work.start('b', 'b1');
  const leaving = work.start('b', 'b2', left.signal);
  left.abort(new Error('gone'));
  held.abort(new Error('over'));
  await assert.rejects(leaving, /gone/);
  await ending;
  assert.ok(entered, 'its place was taken, and it ended nevertheless');
  await work.end('b1');
  await blocking;
  assert.deepEqual([limiter.running, limiter.waiting, work.begun], [0, 0, ['b1']]);
});
