import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { lockState, supervisorOf } from '../src/supervisor/state-lock.js';

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
