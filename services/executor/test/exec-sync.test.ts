import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { detectCgroups, relativeCgroup } from '@slipway/cgroups';
import { execSync } from '../src/container/exec-sync.js';
import { stopContainer } from '../src/container/stop.js';
import { Harness, skip, until } from './harness.js';

const forever = ['sleep', '1000'];

for (const handler of ['runc', 'crun']) {
  test(`${handler}: a command's output, streams and exit code come back`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever, env: ['COLOR=blue'] });
    const run = (...command: string[]) => execSync(context, { id, command, timeoutSeconds: 10n }, harness.call());
    const result = await run('sh', '-c', 'echo out $COLOR; echo err >&2; exit 5');
    assert.equal(Buffer.from(result.stdout).toString(), 'out blue\n');
    assert.equal(Buffer.from(result.stderr).toString(), 'err\n');
    assert.equal(result.exitCode, 5);
    assert.equal(Buffer.from((await run('echo', '--pid-file', '-x')).stdout).toString(), '--pid-file -x\n');
    // A command's own 255 is not the runtime's.
    assert.equal((await run('sh', '-c', 'exit 255')).exitCode, 255);
    assert.equal((await run('sh', '-c', 'kill -9 $$')).exitCode, 137);
    assert.equal(harness.pids(id).length, 1);
  });

  test(`${handler}: a command runs under the container's limits`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever });
    const command = ['cat', '/proc/self/cgroup'];
    const { stdout } = await execSync(context, { id, command, timeoutSeconds: 10n }, harness.call());
    const lines = Buffer.from(stdout)
      .toString()
      .split('\n')
      .filter((line) => (detectCgroups().mode === 'v2' ? line !== '' : /:(memory|cpu|pids|devices):/.test(line)));
    assert.ok(lines.length > 0);
    for (const line of lines) assert.ok(line.includes(relativeCgroup(harness.cgroupsPath(id))), line);
  });

  test(`${handler}: a command that cannot be started is an error with the runtime's words`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever });
    const run = (command: string[]) => execSync(context, { id, command, timeoutSeconds: 10n }, harness.call());
    await assert.rejects(run(['no-such-command']), {
      code: 'RUNTIME_FAILED',
      message: /exec failed.*no-such-command.*not found/,
    });
    await assert.rejects(run([]), { code: 'INVALID_REQUEST' });
    await stopContainer(context, { id, graceSeconds: 0n }, harness.call());
    await assert.rejects(run(['true']), { code: 'CONTAINER_STATE', message: /EXITED/ });
    const missing = { id: 'f'.repeat(64), command: ['true'], timeoutSeconds: 0n };
    await assert.rejects(execSync(context, missing, harness.call()), { code: 'CONTAINER_NOT_FOUND' });
  });

  test(`${handler}: a time-out ends the command with all that it started, and nothing else`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: ['sh', '-c', 'sleep 1001 & sleep 1002; true'] });
    await until(() => harness.pids(id).length === 3, 'the container is complete');
    const before = harness.pids(id);
    const tree = 'setsid sleep 2001 & (setsid sh -c "sleep 2002 & sleep 2003" &) ; sleep 2004; true';
    const late = execSync(context, { id, command: ['sh', '-c', tree], timeoutSeconds: 2n }, harness.call());
    const caught = assert.rejects(late, { code: 'EXEC_TIMEOUT', message: /timed out/ });
    await until(() => harness.pids(id).length > before.length + 3, 'the tree is complete');
    await caught;
    assert.deepEqual(new Set(harness.pids(id)), new Set(before));
  });

  test(`${handler}: a cancelled call ends its command`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever });
    const abort = new AbortController();
    const call = { ...harness.call(), signal: abort.signal };
    const caught = assert.rejects(execSync(context, { id, command: ['sleep', '500'], timeoutSeconds: 0n }, call), {
      code: 'CANCELLED',
    });
    await until(() => harness.pids(id).length === 2, 'the command runs');
    abort.abort();
    await caught;
    assert.equal(harness.pids(id).length, 1);
  });

  test(`${handler}: output is cut at 16 MiB a stream and the command still ends`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever });
    const command = [
      'sh',
      '-c',
      'head -c 20971520 /dev/zero >&2 & head -c 20971520 /bin/busybox >/dev/null; yes | head -c 20971520; wait; exit 6',
    ];
    const { stdout, stderr, exitCode } = await execSync(context, { id, command, timeoutSeconds: 60n }, harness.call());
    assert.equal(stdout.length, 16 << 20);
    assert.equal(Buffer.from(stdout.subarray(0, 4)).toString(), 'y\ny\n');
    assert.ok(stderr.length <= 16 << 20);
    assert.equal(exitCode, 6);
  });

  test(`${handler}: a child that keeps the pipes does not hold the answer up, and lives on`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever });
    const command = ['sh', '-c', 'sleep 900 & echo started'];
    const { stdout } = await execSync(context, { id, command, timeoutSeconds: 60n }, harness.call());
    assert.equal(Buffer.from(stdout).toString(), 'started\n');
    const pids = harness.pids(id);
    assert.equal(pids.length, 2);
    assert.ok(pids.some((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep\x00900')));
  });

  test(`${handler}: many concurrent commands`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever });
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const results = await Promise.all(
      numbers.map((n) =>
        execSync(context, { id, command: ['sh', '-c', `echo ${n}; exit ${n}`], timeoutSeconds: 60n }, harness.call()),
      ),
    );
    assert.deepEqual(
      results.map((result) => result.exitCode),
      numbers,
    );
    assert.deepEqual(
      results.map((result) => Buffer.from(result.stdout).toString()),
      numbers.map((n) => `${n}\n`),
    );
  });
}

for (const handler of ['runc', 'crun']) {
  test(`${handler}: a command in a container with a terminal has none itself`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever, tty: true });
    const command = ['sh', '-c', '[ -t 1 ] && echo terminal || echo pipe'];
    const { stdout } = await execSync(context, { id, command, timeoutSeconds: 10n }, harness.call());
    assert.equal(Buffer.from(stdout).toString(), 'pipe\n');
  });
}
