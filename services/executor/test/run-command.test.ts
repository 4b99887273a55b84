import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { isAlive, watchExit } from '@slipway/linux';
import { deadlineIn, noDeadline } from '@slipway/time';
import { runCommand } from '../src/runtime/run-command.js';

const shell = (script: string, more: object = {}) =>
  runCommand({ path: '/bin/sh', args: ['-c', script], deadline: deadlineIn(30_000), ...more });

test('output, exit code and signals come back', async () => {
  const { code, stdout, stderr } = await shell('echo out; echo err >&2; exit 4');
  assert.deepEqual([code, stdout.toString(), stderr.toString()], [4, 'out\n', 'err\n']);
  assert.equal((await shell('kill -15 $$')).code, 143);
});

test('only PATH is handed on', async () => {
  assert.deepEqual(
    (await shell('env')).stdout
      .toString()
      .split('\n')
      .filter((line) => !/^(PWD|_|PATH|SHLVL|OLDPWD)=/.test(line)),
    [''],
  );
});

test('output over the limit is read and dropped', async () => {
  const { code, stdout } = await shell('yes | head -c 5000000', { maxOutput: 1000 });
  assert.deepEqual([code, stdout.length], [0, 1000]);
});

test('the whole group is killed at the deadline', async () => {
  const work = shell('sleep 600 & sleep 600', { deadline: deadlineIn(300) });
  await assert.rejects(work, { code: 'DEADLINE', message: /\/bin\/sh/ });
  const left = await shell(
    'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline 2>/dev/null | grep -q "^sleep 600 " && echo $p; done; :',
  );
  assert.equal(left.stdout.toString(), '');
});

test('an abort kills, and one that came before runs nothing', async () => {
  const abort = new AbortController();
  const work = shell('sleep 601', { signal: abort.signal });
  abort.abort();
  await assert.rejects(work, { code: 'CANCELLED' });
  await assert.rejects(shell('true', { signal: abort.signal }), { code: 'CANCELLED' });
});

test('a child that keeps the output open does not hold the answer up', async (t) => {
  const { stdout } = await shell('setsid sleep 602 & echo $!');
  const pid = Number(stdout.toString());
  t.after(async () => {
    process.kill(pid, 'SIGKILL');
    await watchExit(pid);
  });
  assert.ok(isAlive(pid));
});

test('a program that is not there is named', async () => {
  await assert.rejects(runCommand({ path: '/no/program', args: [], deadline: deadlineIn(1000) }), {
    code: 'RUNTIME_FAILED',
    message: /\/no\/program/,
  });
});

test('a runtime that never starts its command is ended without a time-out, and one that has started it goes on', async () => {
  let killed = 0;
  const onKill = (): Promise<void> => Promise.resolve(void killed++);
  const request = { path: '/bin/sh', args: ['-c', 'sleep 0.5; echo late'], deadline: noDeadline, onKill };
  const stuck = runCommand({ ...request, args: ['-c', 'exec sleep 300'], begins: { ms: 100, has: () => false } });
  await assert.rejects(stuck, { code: 'RUNTIME_FAILED', message: /did not start the command within 100 ms/ });
  assert.equal(killed, 1);
  const begun = await runCommand({ ...request, begins: { ms: 100, has: () => true } });
  assert.equal(begun.stdout.toString(), 'late\n');
  assert.equal(killed, 1);
});

test('no descriptor is left open', async () => {
  await shell('true');
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 20; i++) await shell('echo x');
  await assert.rejects(runCommand({ path: '/no/program', args: [], deadline: deadlineIn(1000) }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(readdirSync('/proc/self/fd').length, before);
});
