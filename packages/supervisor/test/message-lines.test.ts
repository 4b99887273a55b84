import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageLines } from '../src/message-lines.js';

test('messages are read whole whatever the pieces are, also by a reader that goes on where another stopped', () => {
  const bytes = Buffer.from('{"state":"ready"}\n{"cmd":"NODE_HANDLE"}\nno json\n{"reply":1,"error":"für später"}\n');
  for (let at = 0; at <= bytes.length; at++) {
    const first = new MessageLines();
    const before = first.take(bytes.subarray(0, at));
    const rest = JSON.parse(JSON.stringify(first.rest)) as string;
    const after = new MessageLines(rest).take(bytes.subarray(at));
    assert.deepEqual([...before, ...after], [{ state: 'ready' }, { reply: 1, error: 'für später' }], `cut at ${at}`);
  }
});
