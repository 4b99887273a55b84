import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../src/plugins/gate.js';

/** Work that begins, notes that, and ends on demand. */
function work(name: string, log: string[]): { run: () => Promise<void>; end(): void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    run: async () => {
      log.push(`${name} begins`);
      await ended;
      log.push(`${name} ends`);
    },
    end,
  };
}

const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

test('work runs beside work; a synchronization waits for it and holds up what comes later', async () => {
  const gate = new Gate();
  const log: string[] = [];
  const [a, b, sync, c] = [work('a', log), work('b', log), work('sync', log), work('c', log)];
  const all = [gate.during(a.run), gate.during(b.run), gate.exclusive(sync.run), gate.during(c.run)];
  await settle();
  assert.deepEqual(log.splice(0), ['a begins', 'b begins']);
  a.end();
  await settle();
  assert.deepEqual(log.splice(0), ['a ends']);
  b.end();
  await settle();
  assert.deepEqual(log.splice(0), ['b ends', 'sync begins']);
  sync.end();
  await settle();
  assert.deepEqual(log.splice(0), ['sync ends', 'c begins']);
  c.end();
  await Promise.all(all);
});

test('work that fails gives its place free', async () => {
  const gate = new Gate();
  await assert.rejects(
    gate.during(() => Promise.reject(new Error('no'))),
    /no/,
  );
  await assert.rejects(
    gate.exclusive(() => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await gate.during(async () => 1), 1);
});
