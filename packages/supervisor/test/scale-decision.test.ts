import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScaleDecision, type ScaleLimits } from '../src/control/scale-decision.js';

const limits: ScaleLimits = { least: 1, most: 4, busyCalls: 8, waitMs: 100, idleMs: 1000 };

/** Looks every 100 ms; each step says how much is in flight, and perhaps more. Answers the numbers of instances. */
function run(
  steps: readonly { inFlight: number; queued?: number; ended?: number; waitedMs?: number }[],
  start = 1,
): number[] {
  const decision = new ScaleDecision();
  let instances = start;
  return steps.map((step, index) => {
    instances = decision.wanted({ at: index * 100, instances, queued: 0, ended: 0, waitedMs: 0, ...step }, limits);
    return instances;
  });
}

const repeat = (count: number, inFlight: number) => Array.from({ length: count }, () => ({ inFlight }));

test('instances follow what is in flight, up to the most there may be', () => {
  assert.deepEqual(run(repeat(3, 20)), [1, 3, 3]);
  assert.equal(run(repeat(4, 200)).at(-1), 4);
  assert.deepEqual(run(repeat(20, 8)), Array(20).fill(1), 'as much as one takes');
});

test('one burst starts nothing', () => {
  assert.deepEqual(run([{ inFlight: 30 }, { inFlight: 0 }, { inFlight: 30 }, { inFlight: 0 }]), [1, 1, 1, 1]);
});

test('calls that wait for a place, or for long, start one more each time', () => {
  assert.deepEqual(run([1, 2, 3, 4].map(() => ({ inFlight: 4, queued: 1 }))), [1, 2, 2, 3]);
  const slow = { inFlight: 1, ended: 10, waitedMs: 2000 };
  assert.deepEqual(run([slow, slow]), [1, 2]);
  assert.deepEqual(run([slow, { ...slow, ended: 2 }, slow]), [1, 1, 1], 'two calls say little');
});

test('idle instances go after the whole idle time, to what was needed in it', () => {
  const numbers = run([...repeat(2, 30), ...repeat(14, 0)]);
  assert.equal(numbers[1], 4);
  assert.deepEqual(numbers.slice(2, 10), Array(8).fill(4), 'not before');
  assert.equal(numbers.at(-1), 1);
  const some = run([...repeat(2, 30), ...repeat(6, 0), { inFlight: 10 }, ...repeat(20, 0)]);
  assert.ok(some.includes(2), 'as many as the busiest moment of the idle time needed');
  assert.equal(some.at(-1), 1);
});

test('looks that do not come in step with the idle time lead there too', () => {
  for (const pace of [70, 130, 260, 410, 990, 1700]) {
    const decision = new ScaleDecision();
    let instances = 3;
    const idle = { inFlight: 0, queued: 0, ended: 0, waitedMs: 0 };
    for (let at = 0; at <= 4000; at += pace) instances = decision.wanted({ at, instances, ...idle }, limits);
    assert.equal(instances, 1, `a look each ${pace} ms`);
  }
});

test('a load at the edge does not let numbers swing', () => {
  const steps = Array.from({ length: 60 }, (_, at) => ({ inFlight: at % 4 < 2 ? 9 : 7 }));
  const numbers = run(steps);
  assert.deepEqual([...new Set(numbers)], [1, 2]);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
    'it grew once and stayed',
  );
});
