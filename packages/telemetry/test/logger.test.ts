import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from '@slipway/errors';
import { createLogger, prettyLine } from '../src/index.js';

function capture() {
  const lines: string[] = [];
  return { lines, write: (line: string) => void lines.push(line.trim()) };
}

test('lines are JSON with level, time, stage, instance and the fields given', () => {
  const out = capture();
  const log = createLogger({ stage: 'executor', handler: 'crun', instance: 'a1', level: 'info', destination: out });
  log.debug('not at this level');
  log.child({ operation: 'op-1' }).info({ container: 'c1' }, 'container started');
  assert.equal(out.lines.length, 1);
  const line = JSON.parse(out.lines[0] ?? '') as Record<string, unknown>;
  assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT.*Z$/);
  delete line['time'];
  assert.deepEqual(line, {
    level: 'info',
    stage: 'executor',
    handler: 'crun',
    instance: 'a1',
    operation: 'op-1',
    container: 'c1',
    msg: 'container started',
  });
});

test('an operational error is logged with code, hint and causes, a defect with its stack', () => {
  const out = capture();
  const log = createLogger({ stage: 'puller', destination: out });
  const cause = new Error('connect ECONNREFUSED');
  log.error(
    { err: new SlipwayError('REGISTRY_UNAVAILABLE', 'no answer', { object: 'image a', cause }) },
    'pull failed',
  );
  log.error({ err: new TypeError('x is not a function') }, 'pull failed');
  const [first, second] = out.lines.map((line) => (JSON.parse(line) as { err: Record<string, unknown> }).err);
  assert.deepEqual(first, {
    message: 'no answer',
    code: 'REGISTRY_UNAVAILABLE',
    object: 'image a',
    hint: 'check the registry, its name and the network',
    causes: ['connect ECONNREFUSED'],
  });
  assert.match(String(second?.['stack']), /logger\.test/);
});

test('a person reads time, level, who, what, and short ids', () => {
  const id = 'ab'.repeat(32);
  const line = JSON.stringify({
    level: 'warn',
    time: '2024-05-06T07:08:09.123Z',
    stage: 'executor',
    handler: 'crun',
    instance: 'x',
    container: id,
    note: 'two words',
    err: { message: 'no such file', code: 'RUNTIME_FAILED', hint: 'look there', causes: ['ENOENT'] },
    msg: 'start failed',
  });
  assert.equal(
    prettyLine(line, false),
    [
      '07:08:09.123 warn  executor.crun  start failed container=abababababab note="two words"',
      '    no such file (RUNTIME_FAILED)',
      '    because: ENOENT',
      '    try: look there',
    ].join('\n'),
  );
  assert.equal(prettyLine('Segmentation fault', false), 'Segmentation fault');
  assert.equal(prettyLine('42', true), '42');
});

test('pretty lines go through the logger', () => {
  const out = capture();
  createLogger({ stage: 'gateway', pretty: true, destination: out }).info({ sandbox: 's1' }, 'sandbox is ready');
  assert.equal(out.lines.length, 1);
  assert.match(out.lines[0] ?? '', /gateway.*sandbox is ready.*sandbox=s1/);
});

test('no key is in a record twice, whatever a line calls its fields', () => {
  const lines: string[] = [];
  const log = createLogger({ stage: 'up', handler: 'crun', destination: { write: (line) => void lines.push(line) } });
  log.info({ stage: 'puller', handler: 'crun', count: 2 }, 'scaled');
  assert.match(lines[0] ?? '', /"stage":"up","handler":"crun","about\.stage":"puller","count":2,"msg":"scaled"/);
});
