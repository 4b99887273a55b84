import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { detectCgroups, MoveHastener } from '../src/index.js';

const v1 = '9:name=systemd:/init.scope\n5:cpu,cpuacct:/pods/me\n0::/init.scope\n';

/** Where a hastener writes, below a tree whose hierarchies are the named controllers; undefined where nothing is written. */
async function written(own: string, controllers: Record<string, string>): Promise<string | undefined> {
  const root = mkdtempSync(join(tmpdir(), 'sw-hasten-'));
  let moves: MoveHastener | undefined;
  try {
    const files = Object.values(controllers).flatMap((name) =>
      ['', 'pods/me', 'init.scope'].map((path) => join(root, name, path, 'cgroup.procs')),
    );
    for (const file of files) {
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, '');
    }
    const controller = (name: string) => controllers[name] && join(root, controllers[name]);
    moves = new MoveHastener({ mode: 'v1', mountpoints: [], controller }, own);
    moves.hasten();
    for (let tries = 0; tries < 20; tries++) {
      const found = files.find((file) => readFileSync(file, 'utf8') === '0');
      if (found) return found.slice(root.length);
      await sleep(10);
    }
    return undefined;
  } finally {
    moves?.close();
    rmSync(root, { recursive: true });
  }
}

test('a process moves itself to where it is, by whichever hierarchy it sees', async () => {
  assert.equal(await written(v1, { cpu: 'cpu' }), '/cpu/pods/me/cgroup.procs');
  assert.equal(await written(v1, { systemd: 'named', cpu: 'cpu' }), '/named/init.scope/cgroup.procs');
  assert.equal(await written('0::/pods/me\n', { '': 'unified' }), '/unified/pods/me/cgroup.procs');
  assert.equal(await written('0::/\n', { '': 'unified' }), '/unified/cgroup.procs');
});

test('a place above the root of the cgroup namespace is not touched', async () => {
  assert.equal(await written('0::/../other\n', { '': 'unified' }), undefined);
});

test('a process is where it was, on the real hierarchies', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, async () => {
  const before = readFileSync('/proc/self/cgroup', 'utf8');
  const moves = new MoveHastener(detectCgroups());
  for (let times = 0; times < 3; times++) {
    moves.hasten();
    await sleep(20);
  }
  moves.close();
  assert.equal(readFileSync('/proc/self/cgroup', 'utf8'), before);
});
