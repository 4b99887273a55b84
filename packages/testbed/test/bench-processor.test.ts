import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '@slipway/linux';
import { startedMs, withOrphans } from '../src/bench/processor.js';

const burn = 'const until = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < until);';

test('the CPU time of targets holds that of processes that have detached themselves and ended', async () => {
  await withOrphans(async () => {
    const before = startedMs();
    const detach = `setsid '${process.execPath}' -e '${burn}' >&- 2>&- & echo $!`;
    const pid = Number(spawnSync('sh', ['-c', detach], { encoding: 'utf8' }).stdout);
    while (isAlive(pid)) await sleep(50);
    // Processes' times are cut to ticks.
    assert.ok(startedMs() - before >= 250);
  });
});

test('the CPU time of targets is without that of the client', () => {
  const before = startedMs();
  const until = process.cpuUsage().user + 200_000;
  while (process.cpuUsage().user < until);
  assert.ok(startedMs() - before <= 50);
});
