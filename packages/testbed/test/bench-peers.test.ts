import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePeer } from '../src/bench/targets.js';

test('a peer of the benchmark is a name and the path of a socket', () => {
  const socket = '/run/crio/crio.sock';
  assert.deepEqual(parsePeer(`cri-o=${socket}`), { name: 'cri-o', socket });
  assert.deepEqual(parsePeer(`cri-o=unix://${socket}`), { name: 'cri-o', socket });
  for (const wrong of [socket, 'cri-o', 'cri-o=', `=${socket}`, 'cri-o=crio.sock', `a name=${socket}`]) {
    assert.throws(() => parsePeer(wrong), /a peer is NAME=SOCKET/, wrong);
  }
});
