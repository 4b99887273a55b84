import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from '@slipway/errors';
import { htmlReport, type LoadPlan, runLoad, type Scenario, textReport } from '../src/index.js';
import { LatencyHistogram } from '../src/latency.js';
import { ScriptedClock } from './scripted-clock.js';

/** A target that answers in 10 ms, and stalls for a second at the 21st operation that counts. */
function stalling(clock: ScriptedClock, calls: string[]): Scenario {
  let done = 0;
  return {
    stage: 'cri',
    target: 'a scripted <target>',
    about: 'one call',
    prepare: () => Promise.resolve(void calls.push('prepare')),
    operations: [
      {
        name: 'call',
        run: async ({ index, signal, step }) => {
          if (index < 0) return;
          await step('part', () => clock.until(clock.now() + (done++ === 20 ? 1000 : 10), signal));
          if (done === 30) throw new SlipwayError('DISK_FULL', 'no space');
        },
      },
    ],
    processes: () => Promise.resolve([{ name: 'this one', pid: process.pid }]),
    cleanUp: () => Promise.resolve(void calls.push('clean up')),
  };
}

async function run(loop: LoadPlan['loop'], warmUpMs = 0) {
  const [clock, calls]: [ScriptedClock, string[]] = [new ScriptedClock(), []];
  const plan = { loop, warmUpMs, durationMs: 2000, maxOperations: 10_000 };
  const result = runLoad(stalling(clock, calls), plan, { signal: new AbortController().signal, clock });
  await clock.runTo(30_000);
  return { result: await result, calls };
}

test('an open loop lets a stall be felt by all that were due meanwhile', async () => {
  const { result, calls } = await run({ kind: 'open', rate: 100, maxInFlight: 1 });
  const call = result.operations.find(({ isStep }) => !isStep);
  assert.ok(call);
  // A single call of 200 stalled, but half of them were due meanwhile.
  assert.ok(call.latency.p50 > 400, `p50 is ${call.latency.p50}`);
  assert.ok(Math.abs(call.latency.max - 1000) < 20, `max is ${call.latency.max}`);
  assert.deepEqual(calls, ['prepare', 'clean up']);
});

test('a closed loop is corrected by the expected interval; what was seen is kept beside it', async () => {
  const { result } = await run({ kind: 'closed', concurrency: 1 });
  const call = result.operations.find(({ isStep }) => !isStep);
  assert.ok(call?.expectedIntervalMs);
  assert.ok(Math.abs(call.expectedIntervalMs - 10) < 0.1);
  assert.ok(call.measured.p90 < 11);
  // 1000 ms in steps of 10: some 99 calls are filled in; the histogram's median is 10 ms at three digits.
  const filled = call.latency.count - call.measured.count;
  assert.ok(filled >= 98 && filled <= 99, `${filled} were filled in`);
  assert.ok(call.latency.p90 > 700, `p90 is ${call.latency.p90}`);
});

test('errors are counted by their code, and the warm-up does not count', async () => {
  const all = (await run({ kind: 'closed', concurrency: 1 })).result;
  assert.deepEqual(
    all.errors.map(({ code, count, operation }) => [operation, code, count]),
    [['call', 'DISK_FULL', 1]],
  );
  assert.equal(all.operations.find(({ isStep }) => !isStep)?.failed, 1);
  const warm = (await run({ kind: 'closed', concurrency: 1 }, 1900)).result;
  assert.deepEqual(warm.errors, []);
  assert.ok(warm.operations.every(({ measured }) => measured.max < 11));
});

test('a scenario that cannot be prepared is cleaned up, and its error is reported', async () => {
  const calls: string[] = [];
  const clock = new ScriptedClock();
  const scenario = { ...stalling(clock, calls), prepare: () => Promise.reject(new Error('no image')) };
  const plan: LoadPlan = { loop: { kind: 'closed', concurrency: 1 }, warmUpMs: 0, durationMs: 1000, maxOperations: 1 };
  await assert.rejects(runLoad(scenario, plan, { signal: new AbortController().signal, clock }), /no image/);
  assert.deepEqual(calls, ['clean up']);
});

test('a plan past its bounds is refused before anything is done', async () => {
  const calls: string[] = [];
  const plan: LoadPlan = {
    loop: { kind: 'open', rate: 1e9, maxInFlight: 1 },
    warmUpMs: 0,
    durationMs: 1000,
    maxOperations: 1,
  };
  const signal = new AbortController().signal;
  await assert.rejects(runLoad(stalling(new ScriptedClock(), calls), plan, { signal }), /--rate is 1000000000/);
  assert.deepEqual(calls, []);
});

test('the page loads nothing from elsewhere and escapes what targets are called', async () => {
  const { result } = await run({ kind: 'open', rate: 100, maxInFlight: 10 });
  const page = htmlReport([result], 'slipway bench cri');
  assert.ok(page.includes('a scripted &#60;target&#62;'));
  assert.doesNotMatch(page, /<script|<link|<img|https?:\/\//);
  assert.match(page, /<svg/);
  assert.match(textReport(result), /p99\.9/);
});

test('percentiles are those of the values, to three digits', () => {
  const histogram = new LatencyHistogram();
  for (let value = 1; value <= 1000; value++) histogram.record(value);
  const { p50, p99, max, count } = histogram.summary();
  assert.equal(count, 1000);
  assert.ok(Math.abs(p50 - 500) <= 0.5 && Math.abs(p99 - 990) <= 1 && Math.abs(max - 1000) <= 1);
});
