import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deadlineIn } from '@slipway/time';
import { sendOnce } from '../src/container/stop-signal-file.js';

function fileFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'stop-signal-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'stop-signal');
}

test('executors that stop a container at the same time send one signal, and count the grace from it', async (t) => {
  const file = fileFor(t);
  let sent = 0;
  const send = async (): Promise<number> => {
    sent += 1;
    await sleep(50);
    return 1234.5;
  };
  const limits = { deadline: deadlineIn(60_000) };
  const answers = await Promise.all([1, 2, 3].map(() => sendOnce(file, send, limits)));
  answers.push(await sendOnce(file, send, limits));
  assert.deepEqual(answers, [1234.5, 1234.5, 1234.5, 1234.5]);
  assert.equal(sent, 1);
});

test('a signal that could not be sent is sent by the next call', async (t) => {
  const file = fileFor(t);
  const limits = { deadline: deadlineIn(60_000) };
  await assert.rejects(
    sendOnce(file, () => Promise.reject(new Error('no')), limits),
    { message: 'no' },
  );
  assert.equal(await sendOnce(file, () => Promise.resolve(7), limits), 7);
});

test('the deadline of a call ends its wait for another executor that sends the signal', async (t) => {
  const file = fileFor(t);
  let finish!: (at: number) => void;
  const first = sendOnce(file, () => new Promise<number>((resolve) => (finish = resolve)), {
    deadline: deadlineIn(60_000),
  });
  await sleep(50);
  await assert.rejects(
    sendOnce(file, () => Promise.resolve(1), { deadline: deadlineIn(30) }),
    { code: 'DEADLINE' },
  );
  finish(9);
  assert.equal(await first, 9);
});

test('the signal is sent where the file cannot be created, because the container is being removed', async (t) => {
  const file = join(fileFor(t), 'gone');
  assert.equal(await sendOnce(file, () => Promise.resolve(5), { deadline: deadlineIn(60_000) }), 5);
});
