import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChunks, reuseReads } from '../src/socket-reads.js';
import { pattern, socketPair, until } from './parts.js';

test('reads fill the same memory, but never what somebody holds or waits with', async (t) => {
  const [far, near] = await socketPair(t);
  const reused = reuseReads(near, Buffer.from('head'));
  assert.notEqual(reused, near, 'this version of Node lets a socket be taken over');
  t.after(() => void reused.destroy());
  const answers = [true, false, Promise.resolve(true), Promise.resolve(false)];
  const memory = new Set<ArrayBufferLike>();
  const copies: Buffer[] = [];
  const held: { chunk: Buffer; copy: Buffer }[] = [];
  const done = readChunks(reused, (chunk) => {
    const answer = answers[copies.length % answers.length] ?? true;
    const copy = Buffer.from(chunk);
    copies.push(copy);
    if (answer === false) held.push({ chunk, copy });
    if (answer === true) memory.add(chunk.buffer);
    return answer;
  });
  const sent = pattern(4_000_000);
  far.end(sent);
  await done;
  assert.ok(Buffer.concat(copies).equals(Buffer.concat([Buffer.from('head'), sent])));
  assert.ok(held.length > 5 && held.every(({ chunk, copy }) => chunk.equals(copy)), 'what is held stays as it was');
  assert.ok(memory.size < copies.length, `${memory.size} buffers for ${copies.length} reads`);
});

test('nothing is read while a promise is open, and what the old owner read comes first', async (t) => {
  const [far, near] = await socketPair(t);
  far.write('before');
  await until('the old owner reads', () => near.readableLength === 6);
  const reused = reuseReads(near);
  t.after(() => void reused.destroy());
  let text = '';
  let open: ((free: boolean) => void) | undefined;
  const done = readChunks(reused, (chunk) => {
    text += chunk.toString();
    return text === 'before' ? true : new Promise<boolean>((resolve) => (open = resolve));
  });
  await until('the first bytes come', () => text === 'before');
  far.write(' one');
  await until('one comes', () => text === 'before one');
  far.end(' two');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(text, 'before one');
  open?.(true);
  await until('two comes', () => text === 'before one two');
  open?.(true);
  await done;
});

test('a connection that breaks, and a reader that fails, are reported', async (t) => {
  const [far, near] = await socketPair(t);
  const reused = reuseReads(near);
  const done = readChunks(reused, () => true);
  far.resetAndDestroy();
  await assert.rejects(done, { code: 'ECONNRESET' });
  const [other, second] = await socketPair(t);
  const failing = readChunks(reuseReads(second), () => {
    throw new Error('the reader fails');
  });
  other.write('x');
  await assert.rejects(failing, /the reader fails/);
});
