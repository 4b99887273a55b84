import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtimeHint, runtimeMessage } from '../src/index.js';

test("runc's logfmt is unwrapped, and warnings are not taken for the error", () => {
  const text = [
    'time="2026-01-02T03:04:05Z" level=warning msg="something old"',
    'time="2026-01-02T03:04:05Z" level=error msg="runc create failed: exec: \\"foo\\": executable file not found in $PATH"',
    'time="2026-01-02T03:04:05Z" level=warning msg="something else"',
  ].join('\n');
  assert.equal(runtimeMessage(text), 'runc create failed: exec: "foo": executable file not found in $PATH');
});

test('JSON log lines are unwrapped', () => {
  assert.equal(runtimeMessage('{"level":"error","msg":"cannot","time":"x"}\n'), 'cannot');
});

test("crun's plain lines lose their time, and conmon's own lines come last", () => {
  assert.equal(
    runtimeMessage('2026-01-02T03:04:05.123456Z: open `x`: No such file\n[conmon:e]: failed\n'),
    'open `x`: No such file',
  );
  assert.equal(runtimeMessage('[conmon:e]: Failed to open log file\n'), '[conmon:e]: Failed to open log file');
  assert.equal(runtimeMessage(''), '');
});

test('a command that is not there is named as that, in the words of each runtime', () => {
  for (const message of [
    'runc create failed: unable to start container process: exec: "foo": executable file not found in $PATH: unknown',
    'exec: "/no/such": stat /no/such: no such file or directory',
    'executable file `foo` not found in $PATH: No such file or directory',
  ])
    assert.match(runtimeHint(message) ?? '', /slipway image verify/, message);
  for (const message of ['open `/proc/x`: No such file or directory', 'exec: "/bin/x": permission denied', ''])
    assert.equal(runtimeHint(message), undefined, message);
});
