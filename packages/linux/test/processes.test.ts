import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import {
  boundingSet,
  childrenOf,
  isAlive,
  killGroup,
  OrphanReaper,
  parseStat,
  posixSpawn,
  setChildSubreaper,
  signal,
  waitChild,
  watchExit,
} from '../src/index.js';
import { parseStatText, processGroup } from '../src/process/process-info.js';
import { temporaryDirectory } from './support.js';

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
const shell = (script: string, more: Partial<Parameters<typeof posixSpawn>[0]> = {}): number =>
  posixSpawn({ path: '/bin/sh', argv: ['sh', '-c', script], env, ...more });

function openPidfds(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /pidfd/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;
}

test('a stat line whose name holds parentheses and spaces', () => {
  const rest = 'S 1 42 43 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 98765432109876543';
  assert.deepEqual(parseStatText(`7 (a) b (c)) ${rest}`), {
    pid: 7,
    comm: 'a) b (c)',
    state: 'S',
    ppid: 1,
    pgrp: 42,
    session: 43,
    startTicks: 98765432109876543n,
  });
});

test('exit codes and signals of children', async () => {
  assert.deepEqual(await waitChild(shell('exit 7')), { code: 7, signal: null });
  // Node ignores SIGPIPE; a child starts with it at its default.
  assert.deepEqual(await waitChild(shell('kill -PIPE $$; exit 1')), { code: null, signal: 'SIGPIPE' });
  await assert.rejects(waitChild(process.ppid), { code: 'ECHILD' });
});

test('arguments, environment, directory and descriptors reach the child and nothing else does', async (t) => {
  const dir = realpathSync(temporaryDirectory(t));
  const [first, second] = [join(dir, 'first'), join(dir, 'second')];
  const [a, b] = [openSync(first, 'w'), openSync(second, 'w')];
  // Crossed over: each source is the other's target.
  const script = `echo "$1 $NAME $(pwd)" >&${a}; echo other >&${b}; ls /proc/self/fd >&${b}; read line || echo empty >&${a}`;
  const pid = posixSpawn({
    // dash redirects only descriptors of one digit.
    path: '/bin/bash',
    argv: ['bash', '-c', script, 'x', 'ä b'],
    env: { ...env, NAME: 'value' },
    cwd: dir,
    fds: { [a]: b, [b]: a },
  });
  closeSync(a);
  closeSync(b);
  assert.deepEqual(await waitChild(pid), { code: 0, signal: null });
  assert.equal(readFileSync(second, 'utf8'), `ä b value ${dir}\nempty\n`);
  const [word, ...fds] = readFileSync(first, 'utf8').trim().split('\n');
  assert.equal(word, 'other');
  // 0 to 2, the two that were given, and the directory that ls itself reads.
  assert.equal(fds.length, 6);
});

test('a program that cannot be run is an error of the spawn', () => {
  assert.throws(() => posixSpawn({ path: '/no/such', argv: ['x'] }), {
    code: 'ENOENT',
    syscall: 'posix_spawn',
    path: '/no/such',
  });
  assert.throws(() => posixSpawn({ path: '/etc/passwd', argv: ['x'] }), { code: 'EACCES' });
  assert.throws(() => posixSpawn({ path: '/bin/true', argv: ['x'], cwd: '/no/such' }), { code: 'ENOENT' });
});

test('a hundred children are all reaped and no descriptor stays', async () => {
  const before = openPidfds();
  const pids = Array.from({ length: 100 }, (_, index) => shell(`exit ${index}`));
  const results = await Promise.all(pids.map((pid) => waitChild(pid)));
  assert.deepEqual(
    results.map((result) => result.code),
    pids.map((_, index) => index),
  );
  assert.equal(openPidfds(), before);
  const left = childrenOf(process.pid);
  assert.deepEqual(
    pids.filter((pid) => left.includes(pid)),
    [],
  );
});

test("watching a process that is not ours to reap, beside Node's own waiting", async () => {
  const child = spawn('sleep', ['60']);
  const exit = once(child, 'exit');
  const watched = watchExit(child.pid as number, { startTicks: parseStat(child.pid as number)?.startTicks });
  child.kill('SIGTERM');
  await watched;
  assert.deepEqual(await exit, [null, 'SIGTERM']);
  await watchExit(child.pid as number);
});

test('a grandchild is watched too', async (t) => {
  const child = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  const watched = watchExit(pid);
  assert.equal(signal(pid, 'SIGKILL'), true);
  await watched;
  assert.equal(isAlive(pid), false);
});

test('a watch is aborted without harm, and a reused pid counts as gone', async () => {
  const pid = posixSpawn({ path: '/bin/sleep', argv: ['sleep', '60'] });
  const ticks = parseStat(pid)?.startTicks as bigint;
  const before = openPidfds();
  const abort = new AbortController();
  const watched = watchExit(pid, { signal: abort.signal });
  setImmediate(() => abort.abort(new Error('enough')));
  await assert.rejects(watched, { message: 'enough' });
  await assert.rejects(watchExit(pid, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  await watchExit(pid, { startTicks: ticks + 1n });
  assert.equal(isAlive(pid, ticks), true);
  assert.equal(isAlive(pid, ticks + 1n), false);
  assert.equal(openPidfds(), before);
  signal(pid, 'SIGKILL');
  // A zombie until it is reaped: gone for isAlive, and for a watch.
  await watchExit(pid);
  assert.equal(parseStat(pid)?.state, 'Z');
  assert.equal(isAlive(pid), false);
  assert.deepEqual(await waitChild(pid), { code: null, signal: 'SIGKILL' });
  assert.equal(parseStat(pid), undefined);
  assert.equal(signal(pid, 'SIGTERM'), false);
});

test('groups: a group of its own is killed with all that is in it, ours is refused', async () => {
  const pid = shell('sleep 60 & sleep 60 & wait', { group: 'group' });
  assert.equal(processGroup(pid), pid);
  while (childrenOf(pid).length < 2) await sleep(5);
  const members = childrenOf(pid);
  assert.equal(killGroup(pid, 'SIGKILL'), true);
  await waitChild(pid);
  await Promise.all(members.map((member) => watchExit(member)));
  assert.deepEqual(
    members.filter((member) => isAlive(member)),
    [],
  );
  for (const group of [0, 1, -1, processGroup(process.pid) as number]) {
    assert.throws(() => killGroup(group, 0), RangeError);
  }
  assert.throws(() => signal(-1, 0), RangeError);

  const leader = shell('exit 0', { group: 'session' });
  assert.equal(parseStat(leader)?.session, leader);
  await waitChild(leader);
  assert.equal(killGroup(leader, 'SIGKILL'), false);
});

test('a subreaper reaps orphans and not the children of others', async (t) => {
  setChildSubreaper();
  t.after(() => setChildSubreaper(false));
  const reaper = new OrphanReaper();
  const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(parent, 'exit');
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const orphan = Number(line.toString());
  assert.deepEqual(await exited, [0, null]);
  await watchExit(orphan);
  assert.deepEqual(reaper.sweep(), []);
  assert.equal(parseStat(orphan)?.state, 'Z');
  assert.deepEqual(reaper.sweep(), [orphan]);
  assert.equal(parseStat(orphan), undefined);
});

test('the bounding set of this process has names', () => {
  for (const name of boundingSet()) assert.match(name, /^CAP_[A-Z_]+$/);
});
