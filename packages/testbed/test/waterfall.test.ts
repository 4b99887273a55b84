import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waterfall } from '../src/waterfall.js';

const ms = 1_000_000n;
const span = (spanId: string, parentId: string, name: string, start: bigint, worked: bigint) => {
  const stage = parentId ? 'executor' : 'gateway';
  return {
    traceId: 't',
    spanId,
    parentId,
    stage,
    handler: parentId ? 'crun' : '',
    name,
    start: start * ms,
    worked: worked * ms,
  };
};

test('callers stand above what they called, on one scale of time', () => {
  const lines = waterfall(
    [
      span('c', 'b', 'cni add', 60n, 30n),
      { ...span('b', 'a', 'CreateSandbox', 40n, 50n), hop: 20n * ms, queued: 10n * ms },
      span('a', 'gone', 'RunPodSandbox', 0n, 100n),
    ],
    { width: 10 },
  );
  assert.deepEqual(lines, [
    'RunPodSandbox    executor.crun   100.0 ms  ██████████',
    '  CreateSandbox  executor.crun    50.0 ms    ░░▒█████  hop 20.0 queue 10.0',
    '    cni add      executor.crun    30.0 ms        ███',
  ]);
});

test('a span too short for a column is still seen, and a failed one says why', () => {
  const lines = waterfall(
    [span('a', '', 'PullImage', 0n, 1000n), { ...span('b', 'a', 'x', 1000n, 0n), error: 'DISK_FULL' }],
    {
      width: 5,
    },
  );
  assert.deepEqual(lines, [
    'PullImage  gateway        1000.0 ms  █████',
    '  x        executor.crun     0.0 ms      █  DISK_FULL',
  ]);
});

test('no spans, no lines', () => {
  assert.deepEqual(waterfall([]), []);
});
