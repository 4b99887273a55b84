import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { maxScaleKey, nodeFlags, programs, stageNames, stages } from '../src/index.js';

const top = fileURLToPath(new URL('../../../..', import.meta.url));

test('every service is a program of a stage, and every program a service', () => {
  assert.deepEqual(programs.map(({ name }) => name).sort(), readdirSync(join(top, 'services')).sort());
  for (const stage of stageNames) assert.equal(Object.keys(stages[stage].programs)[0], stage);
});

test('a stage that is called on the bus has a contract of its own', () => {
  for (const stage of stageNames.filter((one) => stages[one].called)) {
    assert.ok(existsSync(join(top, `proto/slipway/v1/${stage}.proto`)), stage);
  }
});

test('a program that is not busy is compiled for size', () => {
  assert.deepEqual(nodeFlags('gateway'), ['--max-semi-space-size=1']);
  assert.deepEqual(nodeFlags('puller'), ['--max-semi-space-size=1', '--optimize-for-size']);
  assert.equal(maxScaleKey('puller'), 'maxPuller');
});
