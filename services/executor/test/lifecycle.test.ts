import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerPhase } from '@slipway/contracts';
import { attachSocketPath } from '@slipway/conmon';
import { connectSeqpacket, isAlive } from '@slipway/linux';
import { createContainer } from '../src/container/create.js';
import { removeContainer } from '../src/container/remove.js';
import { reopenContainerLog } from '../src/container/reopen-log.js';
import { startContainer } from '../src/container/start.js';
import { stopContainer } from '../src/container/stop.js';
import { forever, Harness, logged, skip, stubborn, until } from './harness.js';

const { CONTAINER_PHASE_CREATED, CONTAINER_PHASE_EXITED, CONTAINER_PHASE_RUNNING } = ContainerPhase;

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
  test(`${handler}: a container in a user namespace opens its outputs again`, { skip }, async (t) => {
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
    await harness.published(created.id, ['CREATED', 'RUNNING', 'EXITED']);
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
    await harness.published(id, ['CREATED', 'RUNNING', 'EXITED']);
    assert.equal((await harness.record(id)).exitCode, 137);
    await startContainer(context, { id }, harness.call());
    await stopContainer(context, { id: 'f'.repeat(64), graceSeconds: 1n }, harness.call());
    await removeContainer(context, { id: 'f'.repeat(64) }, harness.call());
    await assert.rejects(startContainer(context, { id: 'f'.repeat(64) }, harness.call()), {
      code: 'CONTAINER_NOT_FOUND',
    });
  });

  test(`${handler}: a missing command is reported and leaves nothing`, { skip }, async (t) => {
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
    // It watches the first one, too, from its first look at the records on.
    const other = await harness.instance();
    assert.equal(other.exits.watching, 1);
    // As after a crash between the runtime's create and the record's move.
    await harness.records.containers.put(container.id, { ...container, phase: ContainerPhase.CONTAINER_INTENT });
    const conmon = Number(readFileSync(context.paths.container(container.id).conmonPidFile, 'utf8'));
    // Both watches of the first wait for the lock when the second is created, and find the second.
    const { creating } = await harness.records.withLock(`container:${container.id}`, async () => {
      const creating = createContainer(context, { container }, harness.call());
      creating.catch(() => undefined);
      await sleep(50);
      process.kill(conmon, 'SIGKILL');
      await until(() => !isAlive(conmon), 'the conmon of the first has ended');
      await sleep(50);
      return { creating };
    });
    const { container: again } = await creating;
    await startContainer(context, { id: container.id }, harness.call());
    assert.ok(isAlive(again?.pid ?? 0));
    assert.equal(harness.pids(container.id).filter((pid) => pid === again?.pid).length, 1);
    await sleep(200);
    await stopContainer(context, { id: container.id, graceSeconds: 0n }, harness.call());
    const { exitCode, finishedAt } = await harness.record(container.id);
    assert.deepEqual([exitCode, finishedAt > 0n], [137, true]);
  });

  test(`${handler}: what has ended is deleted without force, for which newer runcs wait`, { skip }, async (t) => {
    const place = mkdtempSync('/tmp/slipway-words-');
    const program = `${place}/${handler}-with-log`;
    writeFileSync(program, `#!/bin/sh\necho "$*" >> ${place}/words\nexec ${handler} "$@"\n`, { mode: 0o755 });
    const harness = await Harness.open(t, handler, [], program);
    // After the harness, which removes its containers by that program.
    t.after(() => rmSync(place, { recursive: true }));
    const context = await harness.instance();
    const { id: ended } = await harness.running(context, { args: ['true'] });
    await until(async () => (await harness.record(ended)).phase === CONTAINER_PHASE_EXITED, 'its end');
    const { id: created } = await harness.created(context, { args: forever });
    for (const id of [ended, created]) await removeContainer(context, { id }, harness.call());
    const deletions = readFileSync(`${place}/words`, 'utf8')
      .split('\n')
      .filter((words) => words.includes(' delete '));
    assert.deepEqual(
      deletions.map((words) => [words.includes('--force'), words.split(' ').at(-1)]),
      [
        [false, ended],
        [false, created],
      ],
    );
    for (const id of [ended, created]) assert.deepEqual(harness.pids(id), []);
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

  test(`${handler}: the log is opened again while a stop waits`, { skip }, async (t) => {
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
}

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
