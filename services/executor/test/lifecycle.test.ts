import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ContainerPhase } from '@slipway/contracts';
import { attachSocketPath } from '@slipway/conmon';
import { connectSeqpacket, isAlive } from '@slipway/linux';
import { nowNanos } from '@slipway/time';
import { detectCgroups } from '@slipway/cgroups';
import { createContainer } from '../src/container/create.js';
import { execSync } from '../src/container/exec-sync.js';
import { removeContainer } from '../src/container/remove.js';
import { reopenContainerLog } from '../src/container/reopen-log.js';
import { startContainer } from '../src/container/start.js';
import { stopContainer } from '../src/container/stop.js';
import { Harness, skip, until } from './harness.js';

const { CONTAINER_PHASE_CREATED, CONTAINER_PHASE_EXITED, CONTAINER_PHASE_RUNNING } = ContainerPhase;
const forever = ['sh', '-c', 'while :; do sleep 0.05; done'];
/** Heeds SIGTERM by ending with 3. */
const polite = ['sh', '-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.02; done'];
/** Does not. */
const stubborn = ['sh', '-c', 'trap "echo heard" TERM; echo ready; while :; do sleep 0.02; done'];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const logged = (path: string, text: string) => () => readFileSync(path, 'utf8').includes(text);

test('runc: what the runtime logs is not in the log of the container', { skip }, async (t) => {
  const harness = await Harness.open(t, 'runc', ['--debug']);
  const context = await harness.instance();
  const { id, logPath } = await harness.running(context, { args: ['sh', '-c', 'echo out; echo err >&2'] });
  await harness.ended(context, id);
  const lines = readFileSync(logPath, 'utf8').trim().split('\n');
  assert.deepEqual(lines.map((line) => line.split(' ').slice(1).join(' ')).sort(), ['stderr F err', 'stdout F out']);
  assert.match(readFileSync(context.paths.container(id).runtimeLog, 'utf8'), /level=debug/);
  const failing = harness.created(context, { args: ['/no/such/program'] });
  await assert.rejects(failing, { code: 'RUNTIME_FAILED', message: /no such file or directory/ });
  await removeContainer(context, { id }, harness.call());
});

for (const handler of ['runc', 'crun']) {
  test(`${handler}: a container in a user namespace opens its outputs anew`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const args = ['sh', '-c', 'echo one > /dev/stdout; echo two > /dev/stderr; cat /proc/self/uid_map'];
    const { id, logPath } = await harness.running(context, { args, firstId: 300_000 });
    await harness.ended(context, id);
    const log = readFileSync(logPath, 'utf8');
    for (const line of [/ stdout F one$/m, / stderr F two$/m, / stdout F +0 +300000 +65536$/m]) assert.match(log, line);
    await removeContainer(context, { id }, harness.call());
  });

  test(`${handler}: stdin stays open for the next client, or ends with the first`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    for (const stdinOnce of [false, true]) {
      const { id, logPath } = await harness.running(context, { args: ['cat'], stdin: { once: stdinOnce } });
      const say = async (text: string): Promise<void> => {
        const socket = await connectSeqpacket(attachSocketPath(context.paths.attach, id));
        socket.on('error', () => undefined);
        socket.write(text);
        await until(logged(logPath, text.trim()), `${text.trim()} is echoed`);
        socket.destroy();
      };
      await say('first\n');
      if (stdinOnce) assert.equal((await harness.ended(context, id)).exitCode, 0);
      else await say('second\n');
      await removeContainer(context, { id }, harness.call());
    }
  });

  test(`${handler}: a container goes from created to running to exited to gone`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const created = await harness.created(context, { args: ['sh', '-c', 'echo hello; exit 7'] });
    assert.equal(created.phase, CONTAINER_PHASE_CREATED);
    assert.ok(isAlive(created.pid, created.startTicks));
    assert.ok(created.createdAt > 0n);
    await startContainer(context, { id: created.id }, harness.call());
    assert.ok(existsSync(created.logPath));
    const exited = await harness.ended(context, created.id);
    assert.equal(exited.phase, CONTAINER_PHASE_EXITED);
    assert.equal(exited.exitCode, 7);
    assert.equal(exited.reason, 'Error');
    assert.ok(exited.startedAt >= exited.createdAt && exited.finishedAt >= exited.startedAt);
    assert.match(readFileSync(exited.logPath, 'utf8'), /^\S+ stdout F hello\n$/);
    await harness.told(created.id, ['CREATED', 'RUNNING', 'EXITED']);
    await removeContainer(context, { id: created.id }, harness.call());
    assert.deepEqual(harness.leftovers(created.id), []);
    await removeContainer(context, { id: created.id }, harness.call());
  });

  test(`${handler}: what was done already is the answer`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const reserved = await harness.reserve({ args: forever });
    const both = await Promise.all([1, 2].map(() => createContainer(context, { container: reserved }, harness.call())));
    assert.deepEqual(both[0], both[1]);
    const { id } = reserved;
    await Promise.all([1, 2].map(() => startContainer(context, { id }, harness.call())));
    assert.deepEqual(harness.phases(id), ['CREATED', 'RUNNING']);
    const stop = () => stopContainer(context, { id, graceSeconds: 0n }, harness.call());
    await Promise.all([stop(), stop()]);
    await stop();
    await harness.told(id, ['CREATED', 'RUNNING', 'EXITED']);
    assert.equal((await harness.record(id)).exitCode, 137);
    await startContainer(context, { id }, harness.call());
    await stopContainer(context, { id: 'f'.repeat(64), graceSeconds: 1n }, harness.call());
    await removeContainer(context, { id: 'f'.repeat(64) }, harness.call());
    await assert.rejects(startContainer(context, { id: 'f'.repeat(64) }, harness.call()), {
      code: 'CONTAINER_NOT_FOUND',
    });
  });

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
    const eat = '(x=$(yes | head -c 60000000))';
    const run = (script: string) => harness.running(context, { args: ['sh', '-c', script], memory: 16 << 20 });
    const [bystander, failed, lived] = [
      await run('sleep 1000'),
      await run(`${eat}; exit 7`),
      await run(`${eat}; true`),
    ];
    const told = async (id: string): Promise<unknown[]> => {
      const { reason, exitCode, message } = await harness.ended(context, id);
      return [reason, exitCode, /killed a process of the container for want of memory/.test(message)];
    };
    // As containerd and CRI-O answer; but a container that ended well has not failed.
    assert.deepEqual(await told(failed.id), ['OOMKilled', 7, false]);
    assert.deepEqual(await told(lived.id), ['Completed', 0, true]);
    await removeContainer(context, { id: failed.id }, harness.call());
    await stopContainer(context, { id: bystander.id, graceSeconds: 0n }, harness.call());
    assert.deepEqual(await told(bystander.id), ['Error', 137, false], "another container's kills are not its own");
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
    await harness.told(id, ['CREATED', 'RUNNING', 'EXITED']);
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

  test(`${handler}: a command that is not there is told and leaves nothing`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const container = await harness.reserve({ args: ['no-such-command'] });
    // Either step may notice.
    const run = async () => {
      await createContainer(context, { container }, harness.call());
      await startContainer(context, { id: container.id }, harness.call());
    };
    await assert.rejects(run(), { code: 'RUNTIME_FAILED', message: /no-such-command.*not found/ });
    await removeContainer(context, { id: container.id }, harness.call());
    assert.deepEqual(harness.leftovers(container.id), []);
  });

  test(`${handler}: a creation after one that died half-way starts from nothing`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const container = await harness.reserve({ args: forever });
    await createContainer(context, { container }, harness.call());
    // As after a crash between the runtime's create and the record's move.
    await harness.records.containers.put(container.id, { ...container, phase: ContainerPhase.CONTAINER_INTENT });
    const { container: again } = await createContainer(context, { container }, harness.call());
    await startContainer(context, { id: container.id }, harness.call());
    assert.ok(isAlive(again?.pid ?? 0));
    assert.equal(harness.pids(container.id).filter((pid) => pid === again?.pid).length, 1);
  });

  test(`${handler}: a start that was done and not recorded is found done`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const [stays, ends] = [
      await harness.created(context, { args: forever }),
      await harness.created(context, { args: ['sh', '-c', 'exit 9'] }),
    ];
    context.exits.close();
    // As after a crash between the runtime's start and the record's move.
    for (const record of [stays, ends]) await context.holder(record).start(record, harness.call());
    await startContainer(context, { id: stays.id }, harness.call());
    assert.equal((await harness.record(stays.id)).phase, CONTAINER_PHASE_RUNNING);
    assert.ok(isAlive(stays.pid, stays.startTicks));

    await until(() => existsSync(`${context.paths.exits}/${ends.id}`), 'the exit file');
    const after = await harness.instance();
    const { phase, exitCode, startedAt, createdAt, finishedAt } = await harness.record(ends.id);
    assert.deepEqual([phase, exitCode], [CONTAINER_PHASE_EXITED, 9]);
    assert.ok(startedAt >= createdAt && finishedAt >= startedAt);
    await startContainer(after, { id: ends.id }, harness.call());
  });

  test(`${handler}: a failed start is StartError with code 128, and fails again`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id, pid } = await harness.created(context, { args: forever });
    const broken = {
      ...context,
      holder: () => ({ create: () => assert.fail(), start: () => Promise.reject(new Error('no luck')) }),
    };
    await assert.rejects(startContainer(broken, { id }, harness.call()), /no luck/);
    const record = await harness.record(id);
    assert.deepEqual(
      [record.phase, record.reason, record.exitCode, record.message],
      [CONTAINER_PHASE_EXITED, 'StartError', 128, 'no luck'],
    );
    await until(() => !isAlive(pid), 'its init has ended');
    await assert.rejects(startContainer(context, { id }, harness.call()), {
      code: 'RUNTIME_FAILED',
      message: 'no luck',
    });
    assert.equal((await harness.record(id)).reason, 'StartError');
  });

  test(`${handler}: the log is opened anew while a stop waits`, { skip }, async (t) => {
    const harness = await Harness.open(t, handler);
    const context = await harness.instance();
    const { id, logPath } = await harness.running(context, { args: stubborn });
    await until(logged(logPath, 'ready'), 'the trap is set');
    const stop = stopContainer(context, { id, graceSeconds: 3600n }, harness.call());
    renameSync(logPath, `${logPath}.1`);
    await reopenContainerLog(context, { id }, harness.call());
    assert.ok(existsSync(logPath));
    await stopContainer(context, { id, graceSeconds: 0n }, harness.call());
    await stop;
    await assert.rejects(reopenContainerLog(context, { id }, harness.call()), { code: 'CONTAINER_STATE' });
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

test('a log path at which a link or a FIFO is refused, at the creation and at a rotation', { skip }, async (t) => {
  const harness = await Harness.open(t, 'runc');
  const context = await harness.instance();
  const victim = join(harness.dir, 'victim');
  writeFileSync(victim, 'untouched');
  const refused = (what: string) => ({ code: 'INVALID_REQUEST', message: new RegExp(`^log_path: .* is ${what}$`) });
  const paths = { link: join(harness.dir, 'link.log'), fifo: join(harness.dir, 'fifo.log') };
  symlinkSync(victim, paths.link);
  execFileSync('mkfifo', [paths.fifo]);
  for (const [logPath, what] of [
    [paths.link, 'a symbolic link'],
    [paths.fifo, 'no regular file'],
  ] as const) {
    const container = await harness.reserve({ args: ['sh', '-c', 'echo secret'], logPath });
    await assert.rejects(createContainer(context, { container }, harness.call()), refused(what));
    assert.deepEqual(harness.leftovers(container.id), []);
  }
  const { id, logPath } = await harness.running(context, { args: stubborn });
  await until(logged(logPath, 'ready'), 'it writes');
  renameSync(logPath, `${logPath}.1`);
  symlinkSync(victim, logPath);
  await assert.rejects(reopenContainerLog(context, { id }, harness.call()), refused('a symbolic link'));
  assert.equal(readFileSync(victim, 'utf8'), 'untouched');
  await removeContainer(context, { id }, harness.call());
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
