import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeExecProcess } from '../src/container/exec-process.js';

test('the process of an exec has the limits of the container to the last digit', (t) => {
  const bundle = mkdtempSync('/tmp/slipway-exec-process-');
  t.after(() => rmSync(bundle, { recursive: true }));
  const rlimits = '[{"type":"RLIMIT_AS","hard":18446744073709551615,"soft":9007199254740993}]';
  writeFileSync(join(bundle, 'config.json'), `{"process":{"args":["a"],"env":["A=1"],"rlimits":${rlimits}}}`);
  const file = join(bundle, 'process.json');
  writeExecProcess(bundle, ['b'], file);
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes(`"rlimits":${rlimits}`), text);
  assert.ok(text.includes('"args":["b"]'), text);
});
