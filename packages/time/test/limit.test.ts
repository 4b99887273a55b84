import assert from 'node:assert/strict';
import { EventEmitter, getEventListeners, once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Limit } from '../src/index.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('a wait ends after its time also where garbage is collected meanwhile', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const news = new EventEmitter();
  news.setMaxListeners(0);
  const caller = new AbortController();
  const wait = async (name: string): Promise<void> => {
    using limit = new Limit({ ms: 50, signals: [caller.signal] });
    await assert.rejects(once(news, name, { signal: limit.signal }), { name: 'AbortError' });
  };
  const waits = Promise.all(Array.from({ length: 50 }, (_, at) => wait(`news ${at}`)));
  const collecting = setInterval(collectGarbage, 5);
  try {
    const ended = await Promise.race([waits.then(() => true), sleep(20_000, false, { ref: false })]);
    assert.equal(ended, true, 'waits of 50 ms went on for 20 s');
  } finally {
    clearInterval(collecting);
    process.off('warning', note);
  }
  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
  assert.deepEqual(warnings, [], 'fifty waits for one caller are no leak');
});

test('another signal aborts it with its reason, and its time is not over then', async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  using limit = new Limit({ ms: 60_000, signals: [first.signal, undefined, second.signal] });
  const reason = new Error('the caller left');
  second.abort(reason);
  assert.equal(limit.signal.reason, reason);
  assert.equal(limit.expired, false);
  assert.equal(getEventListeners(first.signal, 'abort').length, 0);

  using late = new Limit({ ms: 0, signals: [second.signal] });
  assert.equal(late.signal.reason, reason);
  assert.equal(late.expired, false);
});

test('the time that is over aborts it with a TimeoutError', async () => {
  using over = new Limit({ ms: 0 });
  assert.equal(over.signal.aborted, true);
  assert.equal(over.expired, true);
  using limit = new Limit({ ms: 5 });
  await once(limit.signal, 'abort');
  assert.equal((limit.signal.reason as Error).name, 'TimeoutError');
  assert.equal(limit.expired, true);
});

test('a disposed limit holds nothing and is never aborted', async () => {
  const caller = new AbortController();
  const limit = new Limit({ ms: 10, signals: [caller.signal] });
  limit[Symbol.dispose]();
  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
  caller.abort();
  await sleep(30);
  assert.equal(limit.signal.aborted, false);
});

test('a time longer than a timer can wait does not end at once', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  using limit = new Limit({ ms: 2 ** 40, unref: true });
  using forever = new Limit({ ms: Number.POSITIVE_INFINITY });
  await sleep(30);
  process.off('warning', note);
  assert.equal(limit.signal.aborted || forever.signal.aborted, false);
  assert.deepEqual(warnings, []);
});
