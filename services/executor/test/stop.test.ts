import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ContainerPhase } from '@slipway/contracts';
import { isAlive } from '@slipway/linux';
import { nowNanos } from '@slipway/time';
import { createContainer } from '../src/container/create.js';
import { removeContainer } from '../src/container/remove.js';
import { startContainer } from '../src/container/start.js';
import { stopContainer } from '../src/container/stop.js';
import { forever, Harness, logged, polite, skip, stubborn, until } from './harness.js';

const { CONTAINER_PHASE_EXITED } = ContainerPhase;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

for (const handler of ['runc', 'crun']) {
  test(`${handler}: the stop signal comes first and SIGKILL after the grace`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const [kind, deaf] = [
      await harness.running(context, { args: polite }),
      await harness.running(context, { args: stubborn }),
    ];
    for (const { logPath } of [kind, deaf]) await until(logged(logPath, 'ready'), 'the trap is set');
    await stopContainer(context, { id: kind.id, graceSeconds: 60n }, harness.call());
    assert.equal((await harness.record(kind.id)).exitCode, 3);
    // A busy executor collects garbage all the time: what the stop waits for must not be among it.
    const collecting = setInterval(collectGarbage, 50);
    t.after(() => clearInterval(collecting));
    await stopContainer(context, { id: deaf.id, graceSeconds: 1n }, harness.call());
    clearInterval(collecting);
    assert.equal((await harness.record(deaf.id)).exitCode, 137);
    assert.match(readFileSync(deaf.logPath, 'utf8'), /heard/);
  });

  test(`${handler}: a second stop with a shorter grace ends both, and the signal is sent once`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const [one, other] = [await harness.instance(), await harness.instance()];
    const { id, logPath } = await harness.running(one, { args: stubborn });
    await until(logged(logPath, 'ready'), 'the trap is set');
    const first = stopContainer(one, { id, graceSeconds: 3600n }, harness.call(120_000));
    await until(async () => (await harness.record(id)).stopSignalledAt !== 0n, 'the signal was sent');
    await until(logged(logPath, 'heard'), 'the signal has come');
    await stopContainer(other, { id, graceSeconds: 1n }, harness.call());
    await first;
    assert.equal(readFileSync(logPath, 'utf8').match(/heard/g)?.length, 1);
    await harness.published(id, ['CREATED', 'RUNNING', 'EXITED']);
  });

  test(`${handler}: a container that was never started can be stopped and removed`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id, pid } = await harness.created(context, { args: forever });
    await stopContainer(context, { id, graceSeconds: 30n }, harness.call());
    assert.equal((await harness.record(id)).phase, CONTAINER_PHASE_EXITED);
    assert.equal(isAlive(pid), false);
    await assert.rejects(startContainer(context, { id }, harness.call()), { code: 'CONTAINER_STATE' });
    const { id: second } = await harness.created(context, { args: forever });
    await removeContainer(context, { id: second }, harness.call());
    assert.deepEqual(harness.leftovers(second), []);
  });

  test(`${handler}: a running container is removed with all of its processes`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: ['sh', '-c', 'setsid sleep 300 & sleep 300; true'] });
    await until(() => harness.pids(id).length === 3, 'three processes');
    await removeContainer(context, { id }, harness.call());
    assert.deepEqual(harness.leftovers(id), []);
    assert.equal((await harness.record(id)).phase, CONTAINER_PHASE_EXITED);
  });

  test(`${handler}: in a shared pid namespace nothing outlives the container`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const left = ['sh', '-c', 'setsid sleep 300 & echo ready; sleep 300; true'];
    const stopped = await harness.running(context, { args: left, hostPid: true });
    await until(() => harness.pids(stopped.id).length === 3, 'three processes');
    await stopContainer(context, { id: stopped.id, graceSeconds: 0n }, harness.call());
    assert.deepEqual(harness.pids(stopped.id), []);
    const exited = await harness.running(context, { args: ['sh', '-c', 'setsid sleep 300 & exit 4'], hostPid: true });
    assert.equal((await harness.ended(context, exited.id)).exitCode, 4);
    assert.deepEqual(harness.pids(exited.id), []);
  });

  test(`${handler}: a paused container can be stopped`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever });
    execFileSync(context.runtime.path, [...context.runtime.globalArgs, 'pause', id]);
    await stopContainer(context, { id, graceSeconds: 1n }, harness.call());
    assert.equal((await harness.record(id)).exitCode, 137);
    await removeContainer(context, { id }, harness.call());
    assert.deepEqual(harness.leftovers(id), []);
  });
}

test('a removal ends a creation that hangs in its runtime, also that of another executor', { skip }, async (t) => {
  const harness = await Harness.open(t, 'runc');
  const [one, other] = [await harness.instance(), await harness.instance()];
  // runc 1.1 reads it for groups, whatever config.json says, and a FIFO that nobody writes to has no end.
  mkdirSync(join(harness.dir, 'rootfs/etc'), { recursive: true });
  const passwd = join(harness.dir, 'rootfs/etc/passwd');
  execFileSync('mkfifo', [passwd]);
  for (const remover of [one, other]) {
    const container = await harness.reserve({ args: forever });
    const created = createContainer(one, { container }, harness.call(600_000)).then(
      () => 'created',
      (error: Error) => error,
    );
    const { conmonPidFile } = one.paths.container(container.id);
    await until(() => existsSync(conmonPidFile), 'conmon runs');
    let hangs = true;
    void created.then(() => {
      hangs = false;
    });
    await sleep(500);
    assert.ok(hangs, 'this runtime does not hang');
    await removeContainer(remover, { id: container.id }, harness.call(30_000));
    assert.ok((await created) instanceof Error);
    assert.deepEqual(harness.leftovers(container.id), []);
  }
  rmSync(passwd);
});

test('a stop signal that an executor did not come to send is sent by the next call', { skip }, async (t) => {
  const harness = await Harness.open(t, 'runc');
  const context = await harness.instance();
  const running = await harness.running(context, { args: polite });
  await until(logged(running.logPath, 'ready'), 'the trap is set');
  // As an executor left it that wrote down the signal first, and was killed before it sent it.
  await harness.records.containers.put(running.id, { ...running, stopSignalledAt: nowNanos() });
  await stopContainer(context, { id: running.id, graceSeconds: 30n }, harness.call(20_000));
  assert.equal((await harness.record(running.id)).exitCode, 3);
});

test('the grace counts from the first signal, whatever the wall clock says meanwhile', { skip }, async (t) => {
  const harness = await Harness.open(t, 'runc');
  const context = await harness.instance();
  for (const hours of [-1n, 1n]) {
    const running = await harness.running(context, { args: stubborn });
    await until(logged(running.logPath, 'ready'), 'the trap is set');
    await harness.records.containers.put(running.id, {
      ...running,
      stopSignalledAt: nowNanos() + hours * 3_600_000_000_000n,
      stopSignalledUptime: process.hrtime.bigint() - 60_000_000_000n,
    });
    // Another executor sent the signal a minute ago: a grace of an hour is not over, one of a minute is.
    await assert.rejects(stopContainer(context, { id: running.id, graceSeconds: 3600n }, harness.call(300)), {
      code: 'DEADLINE',
    });
    await stopContainer(context, { id: running.id, graceSeconds: 60n }, harness.call(20_000));
    assert.equal((await harness.record(running.id)).exitCode, 137);
    assert.doesNotMatch(readFileSync(running.logPath, 'utf8'), /heard/);
  }
});
