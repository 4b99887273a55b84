import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutText, readDescription, SlipwayError, toSlipwayError } from '../src/index.js';
import { maxErrorBytes } from '../src/cut-text.js';

const size = (text: string | undefined): number => Buffer.byteLength(text ?? '');

test('a text is cut to its bytes, keeps its beginning and its end, and stays UTF-8', () => {
  assert.equal(cutText('short'), 'short');
  const exact = 'é'.repeat(2048);
  assert.equal(cutText(exact), exact);
  for (const filling of ['x', 'é', '€', '😀', '\ud800', 'a\udc00b']) {
    const long = `first ${filling.repeat(100_000)} last`;
    const cut = cutText(long);
    assert.ok(size(cut) <= maxErrorBytes && size(cut) > maxErrorBytes - 20, `${size(cut)} bytes`);
    assert.match(cut, /^first .* … \(cut: \d+ characters\) … .* last$/su);
    assert.doesNotMatch(cut, /\p{Surrogate}/u);
    assert.ok(!/[😀é€]/u.test(filling) || !cut.includes('�'), 'no character is torn');
  }
  // What encodes a gRPC status throws at half a pair.
  encodeURI(cutText('a lone \ud83d one'));
});

test('an error is bounded whatever it is made of', () => {
  const huge = 'z'.repeat(1 << 20);
  let cause: Error = Object.assign(new Error(huge), { code: 'EXYZ' });
  for (let depth = 0; depth < 20; depth++) cause = new Error(`${depth} ${huge}`, { cause });
  const error = new SlipwayError('RUNTIME_FAILED', huge, { object: huge, hint: huge, stage: 'executor', cause });
  assert.ok(size(error.message) <= maxErrorBytes);
  assert.ok(size(error.stack) < 2 * maxErrorBytes);
  assert.ok(size(error.describe()) <= maxErrorBytes, `${size(error.describe())} bytes`);
  assert.match(error.describe(), /^executor: zzz.*\(RUNTIME_FAILED: z.*z\)$/su);
  let total = 0;
  let depth = 0;
  for (let below = error.cause; below instanceof Error; below = below.cause) {
    total += size(below.message) + size(below.stack);
    depth++;
  }
  assert.ok(depth <= 9 && total < 64 * 1024, `${depth} causes of ${total} bytes`);
  const plain = Object.assign(new Error('no'), { code: 'EACCES' });
  assert.equal(toSlipwayError(plain).cause, plain, 'what is small stays itself');
  const long = Object.assign(new TypeError(huge), { code: 'ENOENT' });
  const copy = toSlipwayError(long).cause as Error & { code: string };
  assert.deepEqual([copy.name, copy.code], ['TypeError', 'ENOENT']);
});

test('the text of a status is read back into its error', () => {
  const error = new SlipwayError('REGISTRY_NOT_FOUND', 'a: MANIFEST_UNKNOWN (or so): unknown', {
    object: 'image x:latst',
    stage: 'puller',
    hint: 'check (name: tag)',
  });
  const read = readDescription(error.describe());
  assert.deepEqual(
    [read?.code, read?.message, read?.hint],
    ['REGISTRY_NOT_FOUND', 'puller: image x:latst: a: MANIFEST_UNKNOWN (or so): unknown', 'check (name: tag)'],
  );
  for (const other of ['', 'connection refused', 'x (NO_SUCH_CODE: y)', 'x (toString: y)', 'rpc error (INTERNAL)'])
    assert.equal(readDescription(other), undefined, other);
});
