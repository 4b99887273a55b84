import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerPhase } from '@slipway/contracts';
import { isAlive } from '@slipway/linux';
import { detectCgroups } from '@slipway/cgroups';
import { execSync } from '../src/container/exec-sync.js';
import { removeContainer } from '../src/container/remove.js';
import { stopContainer } from '../src/container/stop.js';
import { forever, Harness, skip, until } from './harness.js';

const { CONTAINER_PHASE_EXITED, CONTAINER_PHASE_RUNNING } = ContainerPhase;

for (const handler of ['runc', 'crun']) {
  test(`${handler}: code 0 is Completed, and a container short of memory OOMKilled`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const good = await harness.running(context, { args: ['true'] });
    const hungry = await harness.running(context, {
      args: ['sh', '-c', 'x=$(yes | head -c 200000000)'],
      memory: 16 << 20,
    });
    assert.equal((await harness.ended(context, good.id)).reason, 'Completed');
    assert.equal((await harness.ended(context, hungry.id)).reason, 'OOMKilled');
    assert.equal((await harness.record(hungry.id)).exitCode, 137);
  });

  test(`${handler}: a child's kill for want of memory shows in how the container itself ends`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    // A single process asks for memory: beside a second one, the kernel could kill the shell before the first's memory is free.
    const eat = '(tail -c 60000000 /dev/zero >/dev/null)';
    const run = (script: string) => harness.running(context, { args: ['sh', '-c', script], memory: 16 << 20 });
    const [bystander, failed, lived] = [
      await run('sleep 1000'),
      await run(`${eat}; exit 7`),
      await run(`${eat}; true`),
    ];
    const outcome = async (id: string): Promise<unknown[]> => {
      const { reason, exitCode, message } = await harness.ended(context, id);
      return [reason, exitCode, /killed a process of the container for want of memory/.test(message)];
    };
    // As containerd and CRI-O answer; but a container that ended well has not failed.
    assert.deepEqual(await outcome(failed.id), ['OOMKilled', 7, false]);
    assert.deepEqual(await outcome(lived.id), ['Completed', 0, true]);
    await removeContainer(context, { id: failed.id }, harness.call());
    await stopContainer(context, { id: bystander.id, graceSeconds: 0n }, harness.call());
    assert.deepEqual(await outcome(bystander.id), ['Error', 137, false], "another container's kills are not its own");
  });

  test(`${handler}: a container that is killed as a whole for want of memory is OOMKilled, each time`, {
    skip: skip || (detectCgroups().mode !== 'v2' && 'needs cgroup v2'),
  }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    for (let times = 0; times < 4; times++) {
      const { id } = await harness.running(context, {
        args: ['sh', '-c', '(x=$(yes | head -c 60000000)); exit 7'],
        memory: 16 << 20,
        unified: { 'memory.oom.group': '1' },
      });
      const { reason, exitCode } = await harness.ended(context, id);
      assert.deepEqual([reason, exitCode], ['OOMKilled', 137]);
    }
  });

  test(`${handler}: an exit that nobody saw is found at the start`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const before = await harness.instance();
    const [ends, stays, lost] = await Promise.all([
      harness.running(before, { args: ['sh', '-c', 'sleep 0.3; exit 9'] }),
      harness.running(before, { args: forever }),
      harness.running(before, { args: forever }),
    ]);
    before.exits.close();
    process.kill(Number(readFileSync(before.paths.container(lost.id).conmonPidFile, 'utf8')), 'SIGKILL');
    process.kill(lost.pid, 'SIGKILL');
    await until(() => existsSync(`${before.paths.exits}/${ends.id}`), 'the exit file');
    assert.equal((await harness.record(ends.id)).phase, CONTAINER_PHASE_RUNNING);

    const after = await harness.instance();
    const found = await harness.record(ends.id);
    assert.deepEqual([found.phase, found.exitCode], [CONTAINER_PHASE_EXITED, 9]);
    const gone = await harness.ended(after, lost.id);
    assert.deepEqual([gone.exitCode, gone.reason], [255, 'Unknown']);
    assert.equal((await harness.record(stays.id)).phase, CONTAINER_PHASE_RUNNING);
    assert.equal(
      (await execSync(after, { id: stays.id, command: ['echo', 'still'], timeoutSeconds: 0n }, harness.call()))
        .exitCode,
      0,
    );
    process.kill(stays.pid, 'SIGKILL');
    assert.equal((await harness.ended(after, stays.id)).exitCode, 137);
  });

  test(`${handler}: a container whose conmon is killed ends, with code 255 as from containerd`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const args = ['sh', '-c', 'setsid sleep 300 & sleep 300; true'];
    const [running, shared] = [
      await harness.running(context, { args }),
      await harness.running(context, { args, hostPid: true }),
    ];
    const created = await harness.created(context, { args });
    for (const { id } of [running, shared, created]) {
      process.kill(Number(readFileSync(context.paths.container(id).conmonPidFile, 'utf8')), 'SIGKILL');
      const { phase, exitCode, reason } = await harness.ended(context, id);
      assert.deepEqual([phase, exitCode, reason], [CONTAINER_PHASE_EXITED, 255, 'Unknown']);
      assert.deepEqual(harness.pids(id), []);
      await removeContainer(context, { id }, harness.call());
      assert.deepEqual(harness.leftovers(id), []);
    }
  });

  test(`${handler}: a running container whose conmon is dead can be removed`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id } = await harness.running(context, { args: forever });
    const conmon = Number(readFileSync(context.paths.container(id).conmonPidFile, 'utf8'));
    // The watcher waits for the container's lock from conmon's end on.
    await harness.records.withLock(`container:${id}`, async () => {
      process.kill(conmon, 'SIGKILL');
      await until(() => !isAlive(conmon), 'conmon has ended');
      await sleep(200);
    });
    await removeContainer(context, { id }, harness.call(20_000));
    assert.deepEqual(harness.leftovers(id), []);

    const { id: unwatched } = await harness.running(context, { args: forever });
    context.exits.forget(unwatched);
    process.kill(Number(readFileSync(context.paths.container(unwatched).conmonPidFile, 'utf8')), 'SIGKILL');
    await removeContainer(context, { id: unwatched }, harness.call(20_000));
    assert.equal((await harness.record(unwatched)).exitCode, 255);
    assert.deepEqual(harness.leftovers(unwatched), []);
  });
}

test('an exit while Redis is away is recorded when it is back', { skip }, async (t) => {
  const harness = await Harness.open(t, 'runc');
  const context = await harness.instance();
  const [first, second] = [
    await harness.running(context, { args: forever }),
    await harness.running(context, { args: forever }),
  ];
  await harness.redis.kill('SIGKILL');
  process.kill(first.pid, 'SIGKILL');
  // This one's conmon does not say how it ended either.
  process.kill(Number(readFileSync(context.paths.container(second.id).conmonPidFile, 'utf8')), 'SIGKILL');
  process.kill(second.pid, 'SIGKILL');
  await until(() => existsSync(`${context.paths.exits}/${first.id}`), 'the exit file');
  await harness.redis.restart();
  for (const [{ id }, code] of [
    [first, 137],
    [second, 255],
  ] as const) {
    await until(async () => (await harness.record(id)).phase === CONTAINER_PHASE_EXITED, 'the record is EXITED');
    assert.equal((await harness.record(id)).exitCode, code);
  }
});

test('what another instance created is watched too', { skip }, async (t) => {
  const harness = await Harness.open(t, 'crun');
  const [one, other] = [await harness.instance(), await harness.instance()];
  const { id, pid } = await harness.running(one, { args: forever });
  one.exits.close();
  process.kill(Number(readFileSync(one.paths.container(id).conmonPidFile, 'utf8')), 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  await until(async () => (await harness.record(id)).phase === CONTAINER_PHASE_EXITED, 'the record is EXITED');
  other.exits.close();
});
