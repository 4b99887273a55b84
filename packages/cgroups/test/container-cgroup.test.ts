import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { parseMountinfo } from '@slipway/linux';
import { type Cgroups, detectCgroups, makeSubCgroup } from '../src/index.js';
import { locateContainer } from '../src/container-cgroup.js';
import { cgroupsOf } from '../src/hierarchies.js';

/** The cgroup2 mount of this host, wherever it is, as on a host with cgroup v2 only. */
const host = detectCgroups();
const unified = host.mode === 'v1' ? undefined : host.mountpoints.at(-1);
const skip = process.getuid?.() === 0 && unified ? false : 'needs root and a cgroup2 mount';
const v2: Cgroups = {
  mode: 'v2',
  mountpoints: [unified ?? ''],
  controller: () => unified,
  directories: (path) => [unified + path],
  directory: (_, path) => unified + path,
};

test('a container is found below what its cgroupsPath names', () => {
  const named = '/a.slice/x.scope';
  assert.deepEqual(locateContainer(named, named), { whole: named, own: named });
  assert.deepEqual(locateContainer(named, `${named}/container`), { whole: named, own: `${named}/container` });
  assert.deepEqual(locateContainer(named, `/docker/1/a.slice/x.scope/container`), {
    whole: '/docker/1/a.slice/x.scope',
    own: '/docker/1/a.slice/x.scope/container',
  });
  assert.equal(locateContainer(named, '/system.slice/slipway.service'), undefined);
  assert.equal(locateContainer('/pod/a', '/pod/ab'), undefined);
});

test('a v1 hierarchy that is mounted elsewhere leaves a host of cgroup v2 one', () => {
  const v2Line = '30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate';
  const other = '40 24 0:40 / /run/net_cls rw - cgroup net_cls rw,net_cls';
  const only = cgroupsOf(parseMountinfo([v2Line, other].join('\n')));
  assert.deepEqual([only.mode, only.mountpoints], ['v2', ['/sys/fs/cgroup']]);
  assert.equal(only.controller('memory'), '/sys/fs/cgroup');
  const tmpfs = '30 24 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro';
  const memory = '31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory';
  const below = '32 30 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw';
  const hybrid = cgroupsOf(parseMountinfo([tmpfs, memory, below].join('\n')));
  assert.deepEqual([hybrid.mode, hybrid.mountpoints.length], ['hybrid', 2]);
});

/** A cgroup for one test, with a process in `inside` below it. */
async function container(t: TestContext, inside: string, prepare: (top: string) => void) {
  const path = `/slipway-test-${randomBytes(4).toString('hex')}`;
  const top = `${unified}${path}`;
  mkdirSync(`${top}${inside}`, { recursive: true });
  prepare(top);
  const children: ChildProcess[] = [];
  t.after(async () => {
    for (const child of children) {
      const exited = once(child, 'exit');
      if (child.kill('SIGKILL')) await exited;
    }
    for (const directory of new Set([`${top}${inside}`, top])) rmdirSync(directory);
  });
  const run = (below: string): number => {
    const child = spawn('sleep', ['300'], { stdio: 'ignore' });
    children.push(child);
    writeFileSync(`${top}${below}/cgroup.procs`, String(child.pid));
    return child.pid as number;
  };
  return { path, top, init: run(inside), run };
}

const cgroupOf = (pid: number): string => /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '';

test('a command beside threaded cgroups has one, is killed in it, and is handed back', { skip }, async (t) => {
  const { path, top, run } = await container(t, '/threads', (top) =>
    writeFileSync(`${top}/threads/cgroup.type`, 'threaded'),
  );
  const first = makeSubCgroup(v2, path, 'exec-1');
  const killed = run('/exec-1');
  assert.equal(await first?.kill(), true);
  assert.ok(!existsSync(`/proc/${killed}/cmdline`) || readFileSync(`/proc/${killed}/cmdline`, 'utf8') === '');
  first?.dissolve();
  const second = makeSubCgroup(v2, path, 'exec-2');
  const left = run('/exec-2');
  second?.dissolve();
  assert.equal(existsSync(`${top}/exec-2`), false);
  assert.equal(cgroupOf(left), path);
});

const controller = skip ? '' : readFileSync(`${unified}/cgroup.controllers`, 'utf8').split(/\s/)[0];

test('where a container has handed controllers down, what a command leaves goes to where its init is', {
  skip: skip || (controller === '' && 'needs a controller on the cgroup2 mount'),
}, async (t) => {
  writeFileSync(`${unified}/cgroup.subtree_control`, `+${controller}`);
  const { path, top, init, run } = await container(t, '/init', (top) =>
    writeFileSync(`${top}/cgroup.subtree_control`, `+${controller}`),
  );
  const command = makeSubCgroup(v2, path, 'exec-1');
  const left = run('/exec-1');
  command?.dissolve(init);
  assert.equal(existsSync(`${top}/exec-1`), false);
  assert.equal(cgroupOf(left), `${path}/init`);
});
