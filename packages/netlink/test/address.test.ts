import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBytes, addressText, lastOf, macBytes, macText, networkOf } from '../src/address.js';
import { attribute, nested, parseAttributes, textOf, cString, u32 } from '../src/attributes.js';

test('addresses become bytes and come back as RFC 5952 writes them', () => {
  const written = {
    '10.88.0.255': '10.88.0.255',
    '::': '::',
    '::1': '::1',
    'fd00::': 'fd00::',
    'FD00:0:0:1:0:0:0:2': 'fd00:0:0:1::2',
    '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
    '1:0:0:2:0:0:3:4': '1::2:0:0:3:4',
    '::ffff:192.0.2.1': '::ffff:c000:201',
  };
  for (const [from, to] of Object.entries(written)) assert.equal(addressText(addressBytes(from)), to, from);
  assert.equal(macText(macBytes('02:00:aa:0f:00:01')), '02:00:aa:0f:00:01');
});

test('the first and the last address of a network, for each length of the prefix', () => {
  const bytes = addressBytes('10.88.171.205');
  for (let length = 0; length <= 32; length++) {
    const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
    const value = bytes.readUInt32BE(0);
    assert.equal(networkOf(bytes, length).readUInt32BE(0), (value & mask) >>> 0, `/${length}`);
    assert.equal(lastOf(bytes, length).readUInt32BE(0), (value | ~mask) >>> 0, `/${length}`);
  }
  assert.equal(addressText(networkOf(addressBytes('fd12:3456:789a:bcde::7'), 52)), 'fd12:3456:789a:b000::');
});

test('attributes are padded, may be nested, and end where the bytes do', () => {
  const data = Buffer.concat([attribute(3, cString('eth0')), nested(18, attribute(1, u32(7))), attribute(5, u32(9))]);
  assert.equal(data.length % 4, 0);
  const found = parseAttributes(data);
  assert.equal(textOf(found.get(3)), 'eth0');
  assert.equal(parseAttributes(found.get(18)!).get(1)!.readUInt32LE(0), 7);
  assert.equal(found.get(5)!.readUInt32LE(0), 9);
  assert.deepEqual([...parseAttributes(data.subarray(0, 8)).keys()], [], 'cut off within the first');
  assert.deepEqual([...parseAttributes(Buffer.alloc(8)).keys()], [], 'no length');
});
