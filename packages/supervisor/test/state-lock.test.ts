import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { lockState, supervisorOf } from '../src/state-lock.js';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'slipway-lock-'));
});
afterEach(() => rmSync(state, { recursive: true }));

test('a state directory has one supervisor at a time', () => {
  const unlock = lockState(state);
  assert.equal(supervisorOf(state), process.pid);
  assert.throws(
    () => lockState(state),
    (error) => isSlipwayError(error) && error.code === 'INVALID_CONFIG' && error.message.includes(String(process.pid)),
  );
  unlock();
  assert.equal(supervisorOf(state), undefined);
  lockState(state)();
  assert.deepEqual(readdirSync(state), []);
});

test('a lock whose holder is gone is taken over, also when its pid was given to another process', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  writeFileSync(join(state, 'up.lock'), JSON.stringify({ pid: child.pid, startTicks: '1' }));
  lockState(state)();
  writeFileSync(join(state, 'up.lock'), JSON.stringify({ pid: process.pid, startTicks: '1' }));
  lockState(state)();
  writeFileSync(join(state, 'up.lock'), 'torn');
  lockState(state)();
  assert.deepEqual(readdirSync(state), []);
});

for (const [what, options] of [
  ['full', 'size=64k'],
  ['without inodes', 'size=1m,nr_inodes=2'],
  ['read-only', 'ro'],
] as const) {
  test(`a state directory that is ${what} has one supervisor at a time, too`, {
    skip: process.getuid?.() === 0 ? false : 'needs root: it mounts',
  }, () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', state]);
    try {
      if (what !== 'read-only') {
        assert.throws(() => {
          for (;;) appendFileSync(join(state, 'junk'), Buffer.alloc(4096));
        });
      }
      const unlock = lockState(state);
      assert.equal(supervisorOf(state), process.pid);
      assert.throws(
        () => lockState(state),
        (error) =>
          isSlipwayError(error) && error.code === 'INVALID_CONFIG' && error.message.includes(String(process.pid)),
      );
      unlock();
      assert.equal(supervisorOf(state), undefined);
      lockState(state)();
    } finally {
      execFileSync('umount', [state]);
    }
  });
}

test('the lock of a supervisor on another tmpfs, whose root has the same inode, is not taken for its own', {
  skip: process.getuid?.() === 0 ? false : 'needs root: it mounts',
}, () => {
  const other = mkdtempSync(join(tmpdir(), 'slipway-lock-'));
  for (const directory of [state, other]) execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', directory]);
  try {
    const unlock = lockState(other);
    try {
      assert.equal(supervisorOf(other), process.pid);
      assert.equal(supervisorOf(state), undefined);
    } finally {
      unlock();
    }
  } finally {
    for (const directory of [state, other]) execFileSync('umount', [directory]);
    rmSync(other, { recursive: true });
  }
});
