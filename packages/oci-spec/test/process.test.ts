import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateSpec } from '../src/index.js';
import { image, refusal, sample } from './sample.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const argsOf = (command: string[], args: string[]): string[] => generateSpec(sample({ command, args })).process.args;

test('command and args follow the Kubernetes rules against ENTRYPOINT and CMD', () => {
  assert.deepEqual(argsOf([], []), ['/entry', 'serve']);
  assert.deepEqual(argsOf([], ['x']), ['/entry', 'x']);
  assert.deepEqual(argsOf(['/own'], []), ['/own']);
  assert.deepEqual(argsOf(['/own'], ['x', '']), ['/own', 'x', '']);
});

test('a container without any command is refused', () => {
  assert.throws(() => generateSpec(sample({}, { image: { ...image, entrypoint: [], cmd: [] } })), refusal('command'));
  assert.throws(() => generateSpec(sample({ command: ['a\0b'] })), refusal('command'));
});

test('the environment keeps its order, and later values replace earlier ones', () => {
  const envs = [
    { key: 'A', value: text('1') },
    { key: 'LANG', value: text('de=DE') },
    { key: 'A', value: text('2') },
  ];
  assert.deepEqual(generateSpec(sample({ envs, tty: true })).process.env, [
    'PATH=/usr/bin:/bin',
    'HOME=/root',
    'HOSTNAME=web',
    'TERM=xterm',
    'LANG=de=DE',
    'A=2',
  ]);
  const bare = generateSpec(sample({}, { image: { ...image, env: ['NOVALUE', '=x'] } })).process.env;
  assert.deepEqual(bare, [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOME=/root',
    'HOSTNAME=web',
  ]);
});

test('variables that config.json cannot hold are refused by their index', () => {
  const refused = (key: string, value: Uint8Array, field: string): void =>
    assert.throws(
      () =>
        generateSpec(
          sample({
            envs: [
              { key: 'OK', value: text('') },
              { key, value },
            ],
          }),
        ),
      refusal(field),
    );
  refused('', text('x'), 'envs[1].key');
  refused('A=B', text('x'), 'envs[1].key');
  refused('A', text('x\0'), 'envs[1].value');
  refused('A', Uint8Array.of(0xff, 0xfe), 'envs[1].value');
});

test("the working directory is the config's, the image's or the root, always absolute", () => {
  assert.equal(generateSpec(sample()).process.cwd, '/srv');
  assert.equal(generateSpec(sample({ workingDir: '/a/../b/' })).process.cwd, '/b');
  assert.equal(generateSpec(sample({ workingDir: 'rel' })).process.cwd, '/rel');
  assert.equal(generateSpec(sample({}, { image: { ...image, workingDir: '' } })).process.cwd, '/');
});
