import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, watchExit } from '@slipway/linux';
import { deadlineIn, Limit } from '@slipway/time';
import {
  attachSocketPath,
  createContainer,
  oomMarked,
  readExit,
  reopenLog,
  resizeTerminal,
  watchExits,
} from '../src/index.js';
import { skip, Workshop } from './bundle.js';

const criLine = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}([+-]\d\d:\d\d|Z) (stdout|stderr) [PF] .*$/;

/** The line's stream, tag and text. */
function parse(log: string): string[] {
  return log
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      assert.match(line, criLine);
      return line.slice(line.indexOf(' ') + 1);
    });
}

test('a container is created, started, logged as the CRI wants, and its exit code kept', { skip }, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['sh', '-c', 'echo one; echo two >&2; printf rest; exit 7']);
  const { pid, conmonPid } = await shop.create(request);
  assert.ok(isAlive(pid));
  assert.ok(isAlive(conmonPid));
  assert.ok(existsSync(request.logPath));
  assert.ok(existsSync(attachSocketPath(request.socketDir, request.id)));
  assert.equal(await readExit(request.exitDir, request.id), undefined);
  const before = BigInt(Date.now() - 2000) * 1_000_000n;
  shop.start(request.id);
  await watchExit(conmonPid);
  const exit = await readExit(request.exitDir, request.id);
  assert.equal(exit?.code, 7);
  assert.ok((exit?.at ?? 0n) > before);
  assert.deepEqual(
    parse(readFileSync(request.logPath, 'utf8')).sort(),
    ['stderr F two', 'stdout F one', 'stdout P rest'].sort(),
  );
});

test('a line longer than the pipe buffer is written in partial pieces', { skip }, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['sh', '-c', 'head -c 100000 /proc/self/exe | tr -c x x; echo; echo done']);
  const { conmonPid } = await shop.create(request);
  shop.start(request.id);
  await watchExit(conmonPid);
  const lines = parse(readFileSync(request.logPath, 'utf8'));
  const last = lines.findIndex((line) => line.startsWith('stdout F'));
  assert.ok(last > 1);
  assert.equal(
    lines
      .slice(0, last + 1)
      .map((line) => line.slice('stdout P '.length))
      .join(''),
    'x'.repeat(100_000),
  );
  assert.deepEqual(lines.slice(last + 1), ['stdout F done']);
});

test('without a log path a container runs and no file is made', { skip }, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['sh', '-c', 'seq 100000; exit 3'], { logPath: '' });
  const { conmonPid } = await shop.create(request);
  shop.start(request.id);
  await watchExit(conmonPid);
  assert.equal((await readExit(request.exitDir, request.id))?.code, 3);
  assert.equal(existsSync('none'), false);
});

test('a reopened log loses nothing', { skip }, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['sh', '-c', 'for i in $(seq 400); do echo $i; sleep 0.002; done']);
  const { conmonPid } = await shop.create(request);
  shop.start(request.id);
  const parts: string[] = [];
  for (let part = 0; part < 5; part++) {
    await new Promise((resolve) => setTimeout(resolve, 40));
    const rotated = `${request.logPath}.${part}`;
    renameSync(request.logPath, rotated);
    parts.push(rotated);
    assert.equal(await reopenLog({ ...request, deadline: deadlineIn(10_000) }), true);
    assert.ok(existsSync(request.logPath));
  }
  await watchExit(conmonPid);
  const lines = [...parts, request.logPath].flatMap((path) => parse(readFileSync(path, 'utf8')));
  assert.deepEqual(
    lines,
    Array.from({ length: 400 }, (_, index) => `stdout F ${index + 1}`),
  );
  assert.equal(await reopenLog({ ...request, deadline: deadlineIn(1000) }), false);
});

test('a log that nobody renamed keeps what it holds when it is reopened', { skip }, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['sh', '-c', 'for i in $(seq 100); do echo $i; sleep 0.002; done']);
  const { conmonPid } = await shop.create(request);
  shop.start(request.id);
  for (let time = 0; time < 3; time++) {
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.equal(await reopenLog({ ...request, conmonPid, deadline: deadlineIn(10_000) }), true);
  }
  await watchExit(conmonPid);
  assert.deepEqual(
    parse(readFileSync(request.logPath, 'utf8')),
    Array.from({ length: 100 }, (_, index) => `stdout F ${index + 1}`),
  );
});

test('a terminal is resized', { skip }, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['sh', '-c', 'until [ "$(stty size)" = "44 133" ]; do sleep 0.02; done; echo resized'], {
    tty: true,
  });
  const { conmonPid } = await shop.create(request);
  shop.start(request.id);
  assert.equal(await resizeTerminal(request.bundle, { width: 133, height: 44 }), true);
  await watchExit(conmonPid);
  assert.match(readFileSync(request.logPath, 'utf8'), /stdout F resized/);
  assert.equal(await resizeTerminal(request.bundle, { width: 1, height: 1 }), false);
});

test('a command that is not there fails with the message of the runtime', { skip }, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['/no/such/command']);
  await assert.rejects(shop.create(request), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'RUNTIME_FAILED');
    assert.match(error.message, /\/no\/such\/command.*no such file or directory/);
    assert.doesNotMatch(error.message, /level=error/);
    return true;
  });
});

test('conmon and the runtime are killed at the deadline', { skip }, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['true']);
  const slow = `${shop.dir}/slow-runtime`;
  writeFileSync(slow, `#!/bin/sh\necho $$ > ${shop.dir}/slow.pid\nexec sleep 300\n`, { mode: 0o755 });
  await assert.rejects(createContainer({ ...request, runtimePath: slow }, { deadline: deadlineIn(500) }), {
    code: 'DEADLINE',
  });
  const pids = [
    Number(readFileSync(`${shop.dir}/slow.pid`, 'utf8')),
    Number(readFileSync(request.conmonPidFile, 'utf8')),
  ];
  using limit = new Limit({ ms: 20_000 });
  for (const pid of pids) await watchExit(pid, { signal: limit.signal });
});

test('conmon is placed while the runtime works, and the creation waits for it', { skip }, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['true']);
  const gate = `${shop.dir}/gate`;
  const waiting = `${shop.dir}/waiting-runtime`;
  // As the runtime is started twice (a deletion by the workshop follows), only a creation waits.
  const wait = `case "$*" in *create*) while ! [ -e ${gate} ]; do sleep 0.05; done; esac`;
  writeFileSync(waiting, `#!/bin/sh\n${wait}\nexec ${request.runtimePath} "$@"\n`, { mode: 0o755 });
  let over = false;
  const created = await createContainer(
    { ...request, runtimePath: waiting },
    {
      deadline: deadlineIn(30_000),
      place: async (pid) => {
        assert.equal(pid, Number(readFileSync(request.conmonPidFile, 'utf8')));
        // Without this the runtime would never end.
        writeFileSync(gate, '');
        await sleep(1000);
        over = true;
      },
    },
  );
  assert.ok(over);
  assert.ok(created.pid > 1);
});

test('a missing conmon is named', { skip }, async (t) => {
  const shop = new Workshop(t);
  await assert.rejects(shop.create({ ...shop.request(['true']), conmon: '/no/conmon' }), {
    code: 'RUNTIME_FAILED',
    message: /\/no\/conmon cannot be run/,
  });
});

test('an attach socket path that a socket cannot have is refused', () => {
  assert.throws(() => attachSocketPath(`/tmp/${'x'.repeat(90)}`, 'a'.repeat(64)), { code: 'INVALID_CONFIG' });
});

test('exits are reported once they exist, earlier ones first', { skip }, async (t) => {
  const shop = new Workshop(t);
  const [first, second] = [shop.request(['true']), shop.request(['sh', '-c', 'exit 2'])];
  const one = await shop.create(first);
  shop.start(first.id);
  await watchExit(one.conmonPid);
  const reported: string[] = [];
  let wake = (): void => undefined;
  const both = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const watch = await watchExits(
    first.exitDir,
    (id) => void (reported.push(id), reported.includes(second.id) && wake()),
    assert.ifError,
  );
  t.after(() => watch.close());
  assert.deepEqual(reported, [first.id]);
  await shop.create(second);
  shop.start(second.id);
  await both;
  assert.deepEqual([...new Set(reported)], [first.id, second.id]);
});

test('a kill for want of memory is marked on cgroup v1', {
  skip: skip || (existsSync('/sys/fs/cgroup/memory') ? false : 'needs cgroup v1'),
}, async (t) => {
  const shop = new Workshop(t);
  const request = shop.request(['sh', '-c', 'x=$(yes | head -c 200000000); echo $x'], { memory: 16 << 20 });
  const { conmonPid } = await shop.create(request);
  shop.start(request.id);
  await watchExit(conmonPid);
  assert.equal(oomMarked(request.persistDir), true);
});
