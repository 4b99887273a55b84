import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { childrenOf, parseStat, setChildSubreaper } from '@slipway/linux';
import { deadlineIn } from '@slipway/time';
import { execSync } from '../src/container/exec-sync.js';
import { runCommand } from '../src/runtime/run-command.js';
import { reapLeft } from '../src/runtime/reap-left.js';
import { Harness, skip } from './harness.js';

const zombies = (): number[] => childrenOf(process.pid).filter((pid) => parseStat(pid)?.state === 'Z');

test('what programs left behind is reaped, whatever it is called, and a child that somebody waits for is not', async (t) => {
  setChildSubreaper();
  t.after(() => setChildSubreaper(false));
  for (const left of ['sleep 0.05', 'setsid sleep 0.05']) {
    await runCommand({ path: '/bin/sh', args: ['-c', `${left} & exit 1`], deadline: deadlineIn(10_000) });
  }
  const code = once(spawn('/bin/sh', ['-c', 'exit 5'], { detached: true }), 'exit');
  // Both have ended before anybody looks, and the child's end is not yet known to Node.
  spawnSync('/bin/sleep', ['0.3']);
  assert.ok(zombies().length >= 2);
  for (let times = 0; times < 2; times++) await reapLeft();
  assert.deepEqual(zombies(), []);
  assert.deepEqual(await code, [5, null]);
});

test('crun: a command that is not there leaves no zombie, which would hold the end of the container up', {
  skip,
}, async (t) => {
  const harness = await Harness.open(t, 'crun');
  const context = await harness.instance();
  const { id } = await harness.running(context, { args: ['sleep', '1000'] });
  const request = { id, command: ['no-such-command'], timeoutSeconds: 10n };
  await assert.rejects(execSync(context, request, harness.call()), /no-such-command/);
  assert.deepEqual(
    zombies().map((pid) => parseStat(pid)),
    [],
  );
});
