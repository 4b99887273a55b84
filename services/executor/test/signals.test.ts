import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signalNumber } from '../src/container/signals.js';

test('signals are known by name, number and place in the real-time range', () => {
  const numbers = {
    SIGTERM: 15,
    term: 15,
    KILL: 9,
    '2': 2,
    'SIGRTMIN+3': 37,
    RTMIN: 34,
    'SIGRTMAX-1': 63,
    SIGWINCH: 28,
  };
  for (const [name, number] of Object.entries(numbers)) assert.equal(signalNumber(name), number, name);
});

test('what is no signal is none', () => {
  for (const name of ['', 'SIGNOPE', '0', '65', '-1', 'SIGRTMAX+1']) assert.equal(signalNumber(name), undefined, name);
});
