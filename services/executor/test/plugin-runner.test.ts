import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isAlive } from '@slipway/linux';
import { type Deadline, deadlineIn, noDeadline } from '@slipway/time';
import { runPlugin } from '../src/sandbox/plugin-runner.js';
import { until } from './harness.js';

function plugin(t: TestContext, script: string): { path: string; directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'sw-plugin-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'plugin');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return { path, directory };
}

const soon = (): Deadline => deadlineIn(20_000);

test('a plugin reads its configuration and environment, and answers on both streams with its code', async (t) => {
  const { path } = plugin(t, 'cat; echo "$CNI_COMMAND" >&2; exit 3');
  const env = { PATH: '/bin:/usr/bin', CNI_COMMAND: 'ADD' };
  const output = await runPlugin({ path, env, stdin: '{"name":"é"}', deadline: soon() });
  assert.deepEqual(output, { exitCode: 3, stdout: '{"name":"é"}', stderr: 'ADD\n', killed: undefined });
});

test('a plugin that does not read its configuration is no failure', async (t) => {
  const { path } = plugin(t, 'echo done');
  for (const size of [4000, 600_000]) {
    const output = await runPlugin({ path, env: {}, stdin: 'x'.repeat(size), deadline: soon() });
    assert.deepEqual([output.exitCode, output.stdout], [0, 'done\n']);
  }
});

test('a call without a deadline lets its plugin run to its end', async (t) => {
  const { path } = plugin(t, 'sleep 0.3; echo done');
  // A large configuration goes the other way.
  for (const size of [10, 600_000]) {
    const output = await runPlugin({ path, env: { PATH: '/bin' }, stdin: 'x'.repeat(size), deadline: noDeadline });
    assert.deepEqual([output.exitCode, output.stdout, output.killed], [0, 'done\n', undefined]);
  }
});

test('at the deadline a plugin dies with what it started', async (t) => {
  const { path, directory } = plugin(t, 'sleep 1000 & echo $! >"$0.pid"; wait');
  const output = await runPlugin({ path, env: { PATH: '/bin' }, stdin: '', deadline: deadlineIn(300) });
  assert.deepEqual([output.exitCode, output.killed], [-1, 'deadline']);
  const child = Number(readFileSync(join(directory, 'plugin.pid'), 'utf8'));
  await until(() => !isAlive(child), 'its child is gone');
});

test('a cancelled call kills the plugin, and one cancelled before runs none', async (t) => {
  const { path, directory } = plugin(t, 'touch "$0.ran"; sleep 1000');
  const abort = new AbortController();
  const running = runPlugin({ path, env: { PATH: '/bin' }, stdin: '', deadline: soon(), signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  assert.equal((await running).killed, 'cancelled');
  rmSync(join(directory, 'plugin.ran'), { force: true });
  const none = await runPlugin({ path, env: { PATH: '/bin' }, stdin: '', deadline: soon(), signal: abort.signal });
  assert.equal(none.killed, 'cancelled');
  assert.throws(() => readFileSync(join(directory, 'plugin.ran')), { code: 'ENOENT' });
});

test('a plugin that cannot be run rejects', async () => {
  await assert.rejects(runPlugin({ path: '/no/such/plugin', env: {}, stdin: '', deadline: soon() }), {
    code: 'ENOENT',
  });
});
