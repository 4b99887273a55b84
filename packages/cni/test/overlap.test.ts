import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overlappingInterfaces } from '../src/index.js';

test('interfaces whose network shares addresses with the pods are named', () => {
  const interfaces = {
    lo: [{ address: '127.0.0.1', cidr: '127.0.0.1/8' }],
    eth0: [
      { address: '10.0.0.5', cidr: '10.0.0.5/8' },
      { address: 'fe80::1', cidr: 'fe80::1/64' },
    ],
    vpn0: [{ address: '10.88.3.1', cidr: '10.88.3.1/24' }],
    lan0: [{ address: '10.89.0.1', cidr: '10.89.0.1/16' }],
    slipway0: [{ address: '10.88.0.1', cidr: '10.88.0.1/16' }],
    odd: [{ address: '10.88.0.9', cidr: null }],
  };
  assert.deepEqual(overlappingInterfaces('10.88.0.0/16', 'slipway0', interfaces), [
    'eth0 (10.0.0.5/8)',
    'vpn0 (10.88.3.1/24)',
  ]);
  assert.deepEqual(overlappingInterfaces('192.168.0.0/24', 'slipway0', interfaces), []);
  assert.deepEqual(overlappingInterfaces('fe80::/10', 'slipway0', interfaces), ['eth0 (fe80::1/64)']);
  assert.deepEqual(overlappingInterfaces('nonsense', 'slipway0', interfaces), []);
});
