import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilitiesOfMask, capabilityNames } from '../src/index.js';

test('a mask of /proc/<pid>/status reads as names, and bits without one are left out', () => {
  assert.deepEqual(capabilitiesOfMask('0000010000000001'), ['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE']);
  assert.deepEqual(capabilitiesOfMask('0'), []);
  assert.deepEqual(capabilitiesOfMask('000001ffffffffff'), [...capabilityNames]);
  assert.deepEqual(capabilitiesOfMask('ffffffffffffffff'), [...capabilityNames]);
});
