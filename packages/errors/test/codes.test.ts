import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CodeFacts, type ErrorCode, errorCodes, SlipwayError, toSlipwayError } from '../src/index.js';

test('a kubelet finds its word at the beginning, an operator the code and what to do', () => {
  // The words of k8s.io/cri-api/pkg/errors, which a kubelet looks for in the text of a status.
  const words = ['RegistryUnavailable', 'SignatureValidationFailed', 'RROUnsupported', 'ImageVolumeMountFailed'];
  const found = new Set<string>();
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    const { word, hint }: CodeFacts = errorCodes[code];
    const error = new SlipwayError(code, 'it failed', { object: 'image a/b:c', stage: 'puller' });
    const text = error.describe();
    const before = word === undefined ? '' : `${word}: `;
    assert.equal(text, `${before}puller: image a/b:c: it failed (${code}: ${hint})`);
    assert.ok(hint.length > 0, code);
    if (word === undefined) continue;
    found.add(word);
    assert.equal(error.grpc, 'UNKNOWN', `${code}: a kubelet shows only the text of UNKNOWN`);
  }
  assert.deepEqual([...found].toSorted(), words.toSorted());
});

test('what the file system refuses is named by what an operator can do about it', () => {
  const codeOf = (code: string): string => toSlipwayError(Object.assign(new Error('write'), { code })).code;
  assert.deepEqual(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].map(codeOf), [
    'DISK_FULL',
    'DISK_FULL',
    'DISK_READ_ONLY',
    'INTERNAL',
  ]);
  assert.equal(toSlipwayError('a text', 'NETWORK_FAILED').code, 'NETWORK_FAILED');
  assert.equal(toSlipwayError(undefined).message, 'undefined');
});
