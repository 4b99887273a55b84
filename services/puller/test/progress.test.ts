import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PullProgress } from '@slipway/contracts';
import { Progress } from '../src/pull/progress.js';
import { PullStats } from '../src/pull/pull-stats.js';

const layer = { digest: 'sha256:1', size: 10 };

test('of steps that follow immediately, the first and the last are reported', () => {
  const reports: PullProgress[] = [];
  const progress = new Progress('a', (now) => reports.push(now), new PullStats());
  progress.plan([layer]);
  progress.layer(layer.digest, 'fetch', 10);
  progress.layer(layer.digest, 'unpack');
  progress.layer(layer.digest, 'done');
  progress.sync();
  progress.done();
  assert.deepEqual(
    reports.map(({ step, layersDone }) => [step, layersDone]),
    [
      ['resolve', 0],
      ['sync', 1],
      ['done', 1],
    ],
  );
});

test('a step that lasts is reported, once, with later changes', async () => {
  const reports: PullProgress[] = [];
  const progress = new Progress('a', (now) => reports.push(now), new PullStats());
  progress.plan([layer]);
  progress.layer(layer.digest, 'fetch', 4);
  for (const end = Date.now() + 5000; reports.length < 2 && Date.now() < end; ) await sleep(5);
  assert.deepEqual(
    reports.map(({ step, bytesDone }) => [step, bytesDone]),
    [
      ['resolve', 0n],
      ['fetch', 4n],
    ],
  );
  progress.failed(new Error('gone'));
  assert.deepEqual([reports.at(-1)?.step, reports.at(-1)?.error, reports.length], ['failed', 'gone', 3]);
});
