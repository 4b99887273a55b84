import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { detectCgroups, ownCgroups } from '@slipway/cgroups';
import { removeContainer } from '../src/container/remove.js';
import { driver, loadedUnits } from './cgroup-driver.js';
import { Harness, skip } from './harness.js';

const own = ownCgroups(detectCgroups()).filter(({ path }) => path !== '/');
const kept = skip || (own.length === 0 && 'needs a test that is in a cgroup below the root, as a service is');

test("conmon is outside of the executor's cgroup, which a service manager ends, and nothing stays of its place", {
  skip: kept,
}, async (t) => {
  const harness = await Harness.open(t, 'crun');
  const context = await harness.instance();
  const containers = await Promise.all([1, 2, 3].map(() => harness.running(context, { args: ['sleep', '1000'] })));
  const place = driver === 'systemd' ? '/system.slice/slipway-conmon.scope' : `${harness.cgroup}/conmon`;
  for (const { id } of containers) {
    const pid = Number(readFileSync(context.paths.container(id).conmonPidFile, 'utf8'));
    const text = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    for (const { path } of own) assert.ok(!text.includes(`:${path}\n`), text);
    assert.ok(text.includes(`:${place}\n`), text);
  }
  if (driver === 'systemd') assert.equal(loadedUnits('slipway-conmon.scope').length, 1);
  for (const { id } of containers) await removeContainer(context, { id }, harness.call());
  const left = detectCgroups()
    .directories(place)
    .filter((directory) => existsSync(directory));
  assert.deepEqual(left, []);
});

test('a conmon that has ended before it is placed leaves no cgroup', { skip: kept }, async (t) => {
  const harness = await Harness.open(t, 'crun');
  const context = await harness.instance();
  const { pid } = spawnSync('true');
  await context.conmons.take(pid);
  const place = driver === 'systemd' ? '/system.slice/slipway-conmon.scope' : `${harness.cgroup}/conmon`;
  const left = detectCgroups()
    .directories(place)
    .filter((directory) => existsSync(directory));
  assert.deepEqual(left, []);
});
