import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lowerOomScore, signal, spawnAsStarted, startedOpenFiles, waitChild } from '../src/index.js';

const openFiles = (pid: number | string): number[] =>
  /^Max open files +(\d+) +(\d+)/m
    .exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))
    ?.slice(1)
    .map(Number) ?? [];
const score = (pid: number | string = 'self'): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));

test('the launcher passes on the limit of open files that it was started with', () => {
  const [soft, hard = 0] = openFiles('self');
  assert.equal(soft, hard, 'Node has raised it');
  assert.deepEqual(startedOpenFiles({ SLIPWAY_NOFILE: '512' }), { soft: 512, hard });
  assert.equal(startedOpenFiles({ SLIPWAY_NOFILE: String(hard) }), undefined);
});

test('what is started has the limits and the score of a program that a person starts', async () => {
  const before = score();
  lowerOomScore(-999);
  const own = score();
  // Without CAP_SYS_RESOURCE it stays as it was.
  assert.ok(own === -999 || own === before);
  process.env['SLIPWAY_NOFILE'] = '512';
  const [, hard] = openFiles('self');
  const child = spawnAsStarted({ path: '/bin/sleep', argv: ['sleep', '300'] }, 700);
  const ordinary = spawnAsStarted({ path: '/bin/sleep', argv: ['sleep', '300'] });
  delete process.env['SLIPWAY_NOFILE'];
  assert.deepEqual([openFiles(child), score(child)], [[512, hard], 700]);
  assert.deepEqual([openFiles(ordinary), score(ordinary)], [[512, hard], Math.max(own, 0)]);
  assert.deepEqual([openFiles('self'), score()], [[hard, hard], own], 'this process is as it was');
  for (const pid of [child, ordinary]) {
    signal(pid, 'SIGKILL');
    await waitChild(pid);
  }
});
