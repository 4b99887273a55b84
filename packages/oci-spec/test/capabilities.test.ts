import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilityNames } from '@slipway/capabilities';
import { Capability } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { generateSpec } from '../src/index.js';
import { defaultCapabilities } from '../src/security/capabilities.js';
import { host, refusal, sample } from './sample.js';

function caps(capability: Init<Capability>, more: Parameters<typeof sample>[1] = {}, privileged = false) {
  const input = sample(
    { linux: { securityContext: { capabilities: capability, privileged } } },
    { pod: { linux: { securityContext: { privileged } } }, ...more },
  );
  return generateSpec(input).process.capabilities;
}

test('a container has the default set, and nothing inheritable or ambient', () => {
  const sets = caps({});
  assert.equal(sets.bounding.length, 14);
  assert.deepEqual([...sets.bounding].sort(), [...defaultCapabilities].sort());
  assert.deepEqual([sets.inheritable, sets.ambient], [[], []]);
});

test('single names add and drop, with and without CAP_, in any case', () => {
  const { effective } = caps({
    addCapabilities: ['net_admin', 'CAP_SYS_TIME'],
    dropCapabilities: ['Cap_Chown', 'KILL'],
  });
  assert.ok(effective.includes('CAP_NET_ADMIN') && effective.includes('CAP_SYS_TIME'));
  assert.ok(!effective.includes('CAP_CHOWN') && !effective.includes('CAP_KILL'));
});

test('ALL is taken first, single names after it', () => {
  assert.deepEqual(caps({ dropCapabilities: ['ALL'], addCapabilities: ['KILL'] }).permitted, ['CAP_KILL']);
  const most = caps({ addCapabilities: ['all'], dropCapabilities: ['SYS_ADMIN'] }).bounding;
  assert.equal(most.length, capabilityNames.length - 1);
  assert.deepEqual(caps({ addCapabilities: ['ALL'], dropCapabilities: ['ALL'] }).bounding, []);
});

test('ambient capabilities are granted, inheritable and ambient', () => {
  const sets = caps({ addAmbientCapabilities: ['NET_BIND_SERVICE', 'SYS_NICE'], dropCapabilities: ['SYS_NICE'] });
  assert.deepEqual(sets.ambient, ['CAP_NET_BIND_SERVICE']);
  assert.deepEqual(sets.inheritable, ['CAP_NET_BIND_SERVICE']);
});

test('capabilities that the host cannot grant are left out, and reported where they were named', () => {
  const reported: string[] = [];
  const capabilities = capabilityNames.filter((name) => name !== 'CAP_SYS_RESOURCE');
  const more = { host: { ...host, capabilities }, onLess: (what: string) => reported.push(what) };
  assert.deepEqual(caps({}, more, true).bounding, capabilities);
  assert.deepEqual(reported, []);
  assert.ok(!caps({ addCapabilities: ['SYS_RESOURCE'] }, more).bounding.includes('CAP_SYS_RESOURCE'));
  assert.deepEqual(reported, ['this host cannot grant CAP_SYS_RESOURCE']);
});

test('an unknown capability is refused by its place', () => {
  assert.throws(
    () => caps({ dropCapabilities: ['KILL', 'FLY'] }),
    refusal('linux.security_context.capabilities.drop_capabilities[1]'),
  );
});

test('a privileged container needs a privileged sandbox', () => {
  assert.throws(
    () => generateSpec(sample({ linux: { securityContext: { privileged: true } } })),
    refusal('linux.security_context.privileged'),
  );
});
