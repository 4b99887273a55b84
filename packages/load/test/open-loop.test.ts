import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenLoopOptions, openLoop } from '../src/open-loop.js';
import { never, ScriptedClock } from './scripted-clock.js';

interface Seen {
  intended: number;
  sent: number;
}

/** Ten arrivals a second for two seconds at a target that takes `tookMs(index)`. */
async function drive(tookMs: (index: number) => number, more: Partial<OpenLoopOptions> = {}) {
  const clock = new ScriptedClock();
  const [sent, unsent]: [Seen[], number[]] = [[], []];
  const loop = openLoop({
    rate: 10,
    maxInFlight: 100,
    maxArrivals: 1000,
    start: 0,
    end: 2000,
    clock,
    signal: never,
    arrive: async (index, intended) => {
      sent.push({ intended, sent: clock.now() });
      await clock.until(clock.now() + tookMs(index), never);
    },
    unsent: (_index, intended) => unsent.push(intended),
    ...more,
  });
  await clock.runTo(10_000);
  await Promise.all(await loop);
  return { sent, unsent };
}

test('arrivals keep their schedule while the target stalls', async () => {
  const { sent, unsent } = await drive((index) => (index === 3 ? 1500 : 5));
  assert.equal(sent.length, 20);
  assert.deepEqual(
    sent.map((one) => one.sent),
    Array.from({ length: 20 }, (_, index) => index * 100),
  );
  assert.deepEqual(unsent, []);
});

test('what finds no place waits, and stays due at its own time', async () => {
  const { sent } = await drive((index) => (index === 0 ? 1000 : 1), { maxInFlight: 1 });
  assert.equal(sent.length, 20);
  const late = sent.slice(1, 11);
  assert.deepEqual(
    late.map(({ intended }) => intended),
    [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000],
  );
  assert.ok(late.every((one) => one.sent >= 1000));
  // It catches up: the last ones are sent when they are due.
  assert.equal(sent.at(-1)?.sent, 1900);
});

test('operations that never find a place are reported as unsent', async () => {
  const { sent, unsent } = await drive(() => 5000, { maxInFlight: 2 });
  assert.equal(sent.length, 2);
  assert.equal(unsent.length, 18);
  assert.equal(unsent.at(-1), 1900);
});

test('it ends after the most arrivals, and when it is aborted', async () => {
  assert.equal((await drive(() => 1, { maxArrivals: 7 })).sent.length, 7);
  assert.equal((await drive(() => 1, { signal: AbortSignal.abort() })).sent.length, 0);
});
