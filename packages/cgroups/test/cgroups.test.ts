import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import {
  detectCgroups,
  ensureCgroup,
  killCgroup,
  makeSubCgroup,
  oomKills,
  pidsInCgroup,
  relativeCgroup,
  removeCgroup,
} from '../src/index.js';

const root = process.getuid?.() === 0 ? false : 'needs root';
const cgroups = detectCgroups();
const parent = `/slipway-test-${randomBytes(4).toString('hex')}`;

after(async () => {
  if (root !== false) return;
  await killCgroup(cgroups, parent);
  await removeCgroup(cgroups, parent);
});

test('a plain cgroupsPath is taken below the mount point', () => {
  assert.equal(relativeCgroup('/kubepods/burstable/pod1/abc'), '/kubepods/burstable/pod1/abc');
  assert.equal(relativeCgroup('pod1//abc/'), '/pod1/abc');
});

test('a systemd cgroupsPath expands its slices', () => {
  assert.equal(
    relativeCgroup('kubepods-besteffort-pod1.slice:slipway:abc'),
    '/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/slipway-abc.scope',
  );
  assert.equal(relativeCgroup('system.slice:slipway:abc'), '/system.slice/slipway-abc.scope');
  assert.equal(relativeCgroup('a-b.slice'), '/a.slice/a-b.slice');
});

test('a cgroupsPath that leaves the hierarchy or is the root is refused', () => {
  for (const path of ['', '/', '/a/../../b', 'a--b.slice:x:y'])
    assert.throws(() => relativeCgroup(path), { code: 'INVALID_REQUEST' });
});

test('a cgroup is made in every hierarchy, takes processes, and goes with what is below it', {
  skip: root,
}, async () => {
  const path = `${parent}/one`;
  ensureCgroup(cgroups, `${path}/sub`);
  ensureCgroup(cgroups, `${path}/sub`);
  const directories = cgroups.directories(path);
  for (const directory of directories) assert.ok(existsSync(`${directory}/sub`), directory);
  const child = spawn('sleep', ['300'], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  for (const directory of directories) writeFileSync(`${directory}/sub/cgroup.procs`, String(child.pid));
  assert.deepEqual(pidsInCgroup(cgroups, path), [child.pid]);
  await assert.rejects(removeCgroup(cgroups, path, { deadlineMs: 30 }), /still holds processes/);
  assert.equal(await killCgroup(cgroups, path), true);
  assert.deepEqual((await exited).slice(0, 2), [null, 'SIGKILL']);
  assert.deepEqual(pidsInCgroup(cgroups, path), []);
  await removeCgroup(cgroups, path);
  for (const directory of directories) assert.equal(existsSync(directory), false, directory);
});

test('killing ends a process tree that keeps forking', { skip: root }, async () => {
  const path = `${parent}/forks`;
  ensureCgroup(cgroups, path);
  const procs = cgroups.directories(path).map((directory) => `echo $$ > ${directory}/cgroup.procs`);
  const forever = 'f() { while :; do (sleep 100 & setsid sleep 100 &) ; sleep 0.02; done; }';
  const child = spawn('sh', ['-c', `${procs.join(';')}; ${forever}; f & f`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  while (pidsInCgroup(cgroups, path).length < 8) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await killCgroup(cgroups, path), true);
  await exited;
  await removeCgroup(cgroups, path);
});

test('a missing cgroup has no processes, tells of no kills, and is removed already', { skip: root }, async () => {
  const path = `${parent}/never`;
  assert.deepEqual(pidsInCgroup(cgroups, path), []);
  assert.equal(await killCgroup(cgroups, path), true);
  assert.equal(oomKills(cgroups, path), undefined);
  await removeCgroup(cgroups, path);
});

test('a sub-cgroup kills only its own processes and hands the others back', { skip: root }, async (t) => {
  const path = `${parent}/sub`;
  ensureCgroup(cgroups, path);
  const enter = (below: string): string[] =>
    cgroups
      .directories(path)
      .map((directory) => `[ -d ${directory}${below} ] && echo $$ > ${directory}${below}/cgroup.procs`);
  const run = (below: string, then: string) =>
    spawn('sh', ['-c', [...enter(below), 'echo in', then].join('\n')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const outside = run('', 'exec sleep 300');
  t.after(() => outside.kill('SIGKILL'));
  await once(outside.stdout, 'data');
  const first = makeSubCgroup(cgroups, path, 'x1');
  assert.ok(first);
  const inside = run('/x1', 'setsid sleep 300 & sleep 300');
  const exited = once(inside, 'exit');
  await once(inside.stdout, 'data');
  while (pidsInCgroup(cgroups, `${path}/x1`).length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await first.kill(), true);
  await exited;
  assert.deepEqual(pidsInCgroup(cgroups, path), [outside.pid]);
  first.dissolve();
  first.dissolve();

  const second = makeSubCgroup(cgroups, path, 'x2');
  const left = run('/x2', 'exec sleep 300');
  t.after(() => left.kill('SIGKILL'));
  await once(left.stdout, 'data');
  second?.dissolve();
  for (const directory of cgroups.directories(path)) assert.equal(existsSync(`${directory}/x2`), false);
  assert.deepEqual(new Set(pidsInCgroup(cgroups, path)), new Set([outside.pid, left.pid]));
});

test('below a cgroup that is not there no sub-cgroup is made', { skip: root }, () => {
  assert.equal(makeSubCgroup(cgroups, `${parent}/nowhere`, 'x'), undefined);
});
