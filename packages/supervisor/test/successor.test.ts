import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, isOlder, readIdentity } from '../src/control/successor.js';

test('a runtime says which program it is and in which version', () => {
  assert.deepEqual(readIdentity('runc version 1.1.5+ds1\ncommit: x\n'), { program: 'runc', version: '1.1.5+ds1' });
  assert.deepEqual(readIdentity('crun version 1.8.1\n'), { program: 'crun', version: '1.8.1' });
  assert.deepEqual(readIdentity('runsc version release-20240101.0\n'), {
    program: 'runsc',
    version: 'release-20240101.0',
  });
  assert.equal(readIdentity('usage: true'), undefined);
});

test('only the same program that is no older takes over containers', () => {
  const crun = { program: 'crun', version: '1.14' };
  assert.match(faultOf(crun, { program: 'runc', version: '1.1.5' }, true) ?? '', /cannot read the containers of crun/);
  assert.match(faultOf(crun, { program: 'crun', version: '1.8.1' }, false) ?? '', /^older than the 1\.14/);
  assert.equal(faultOf(crun, { program: 'crun', version: '1.8.1' }, true), undefined);
  assert.equal(faultOf(crun, { program: 'crun', version: '1.21' }, false), undefined);
  assert.equal(isOlder('release-20240101.0', 'release-20250101.0'), true);
  assert.equal(isOlder('1.1.5+ds1', '1.1.5'), false);
});
