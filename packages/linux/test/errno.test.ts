import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../src/index.js';
import { SyscallError } from '../src/errno.js';

test('an errno of two names is known by both', () => {
  // Node calls 95 ENOTSUP, the kernel's documents EOPNOTSUPP.
  assert.ok(hasCode(Object.assign(new Error(), { code: 'ENOTSUP' }), 'EOPNOTSUPP'));
  assert.ok(hasCode(new SyscallError(95, 'read'), 'EOPNOTSUPP'));
  assert.ok(hasCode(new SyscallError('EOPNOTSUPP', 'read'), 'ENOTSUP'));
  assert.ok(!hasCode(new SyscallError('ENOENT', 'read'), 'EOPNOTSUPP'));
  assert.ok(!hasCode(undefined, 'ENOENT'));
});
