import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLogLine, readLog } from '../src/client/log-follower.js';
import { parseForward } from '../src/commands/port-forward.js';

const stamp = '2026-01-02T03:04:05.000000006Z';

test('ports are one number, two, or any local one', () => {
  assert.deepEqual(parseForward('80'), { local: 80, remote: 80 });
  assert.deepEqual(parseForward('8080:80'), { local: 8080, remote: 80 });
  assert.deepEqual(parseForward(':80'), { local: 0, remote: 80 });
  for (const word of ['', '0', '80:', 'http', '70000', '1:2:3']) {
    assert.throws(() => parseForward(word), { code: 'INVALID_REQUEST' });
  }
});

test('a log line keeps its text, and a part of a line gets no end', () => {
  assert.deepEqual(parseLogLine(`${stamp} stdout F  two  words`), {
    time: stamp,
    stream: 'stdout',
    text: ' two  words\n',
  });
  assert.equal(parseLogLine(`${stamp} stderr P part`)?.text, 'part');
  assert.equal(parseLogLine(`${stamp} stdout F `)?.text, '\n');
  assert.equal(parseLogLine('no log line'), undefined);
});

test('a log is followed through a rotation until its container has ended', async (t) => {
  const directory = mkdtempSync('/tmp/slipway-log-');
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'c.log');
  const line = (text: string): string => `${stamp} stdout F ${text}\n`;
  writeFileSync(path, line('one') + line('two').slice(0, 20));
  let ended = false;
  const seen: string[] = [];
  for await (const { text } of readLog(path, { ended: () => Promise.resolve(ended) })) {
    seen.push(text.trim());
    if (text === 'one\n') {
      appendFileSync(path, line('two').slice(20));
      renameSync(path, `${path}.1`);
      writeFileSync(path, line('three'));
    }
    if (text === 'three\n') {
      appendFileSync(path, line('four'));
      ended = true;
    }
  }
  assert.deepEqual(seen, ['one', 'two', 'three', 'four']);
});
