import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { deadlineIn, earlier, hasPassed, later, monotonicMs, noDeadline, timeLeft } from '../src/index.js';
import { WallClock } from '../src/clock.js';

test('the monotonic clock is that of every other process of this boot', () => {
  const before = monotonicMs();
  const there = Number(execFileSync(process.execPath, ['-p', 'Number(process.hrtime.bigint()) / 1e6']).toString());
  const after = monotonicMs();
  assert.ok(before < there && there < after, `${before} < ${there} < ${after}`);
});

test('a step of the wall clock is followed, and between steps it has fractions of milliseconds', () => {
  let date = 1_700_000_000_000;
  let monotonic = 5;
  const clock = new WallClock(
    () => date,
    () => monotonic,
  );
  assert.equal(clock.ms(), date);
  monotonic += 0.25;
  assert.equal(clock.ms(), date + 0.25);
  const hour = 3_600_000;
  date += hour;
  assert.equal(clock.ms(), date);
  date -= 2 * hour;
  monotonic += 0.5;
  assert.equal(clock.ms(), date);
});

test('clocks that began at different moments of a millisecond come to agree', () => {
  const epoch = 1_700_000_000_000.25;
  let monotonic = 0;
  const clocks = [0, 1, 2].map(() => {
    monotonic += 0.37;
    const clock = new WallClock(
      () => Math.floor(epoch + monotonic),
      () => monotonic,
    );
    clock.ms();
    return clock;
  });
  for (let reading = 0; reading < 200; reading++) {
    monotonic += 0.73;
    for (const clock of clocks) clock.ms();
  }
  for (const clock of clocks) assert.ok(Math.abs(clock.ms() - (epoch + monotonic)) < 0.05);
});

test('a pause between the readings of the two clocks is no step', () => {
  const epoch = 1_700_000_000_000;
  let monotonic = 0.5;
  let pause = 0;
  const clock = new WallClock(
    () => {
      monotonic += pause;
      pause = 0;
      return Math.floor(epoch + monotonic);
    },
    () => monotonic,
  );
  clock.ms();
  pause = 500;
  assert.ok(Math.abs(clock.ms() - (epoch + monotonic)) < 1);
  assert.ok(Math.abs(clock.ms() - (epoch + monotonic)) < 1);
});

test('a deadline is passed on as the time that is left', () => {
  const soon = deadlineIn(5000);
  assert.ok(timeLeft(soon) > 4000 && timeLeft(soon) <= 5000);
  assert.equal(hasPassed(soon), false);
  assert.equal(hasPassed(deadlineIn(-1)), true);
  assert.equal(timeLeft(deadlineIn(-1)), 0);
  assert.equal(timeLeft(noDeadline), Number.POSITIVE_INFINITY);
  assert.equal(earlier(soon, noDeadline), soon);
  assert.equal(later(soon, noDeadline), noDeadline);
});
