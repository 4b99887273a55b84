import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostFault } from '../src/fault.js';
import { mayRetry, pauseMs, retryAfterMs } from '../src/transfer/retry.js';

const policy = { attempts: 5, backoffMs: 100, maxRetryAfterMs: 60_000 };
const fault = (retryAfter?: number) =>
  new HostFault('unavailable', 'http://x', 'busy', { retryable: true, retryAfterMs: retryAfter });

test('pauses double with jitter, up to a limit, and are never shorter than Retry-After', () => {
  for (const [attempt, low, high] of [
    [1, 50, 100],
    [2, 100, 200],
    [4, 400, 800],
    [30, 5000, 10_000],
  ] as const) {
    const pause = pauseMs(attempt, policy, fault());
    assert.ok(pause >= low && pause <= high, `${pause} at try ${attempt}`);
  }
  assert.ok(pauseMs(1, policy, fault(20_000)) >= 20_000);
});

test('tries end at the limit, and immediately when the registry asks for too long a pause', () => {
  assert.ok(mayRetry(4, policy, fault()));
  assert.ok(!mayRetry(5, policy, fault()));
  assert.ok(mayRetry(1, policy, fault(60_000)));
  assert.ok(!mayRetry(1, policy, fault(60_001)));
  assert.ok(!mayRetry(1, policy, new HostFault('denied', 'http://x', 'no')));
});

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2024-05-01T10:00:00Z');
  assert.equal(retryAfterMs('120', now), 120_000);
  assert.equal(retryAfterMs('Wed, 01 May 2024 10:00:30 GMT', now), 30_000);
  assert.equal(retryAfterMs('Wed, 01 May 2024 09:00:00 GMT', now), 0);
  assert.equal(retryAfterMs('soon', now), undefined);
  assert.equal(retryAfterMs(undefined, now), undefined);
});
