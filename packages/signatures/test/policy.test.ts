import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { parseReference } from '@slipway/registry';
import { requirementFor } from '../src/policy.js';
import { parsePolicy } from '../src/policy-file.js';

const file = '/etc/slipway/policy.toml';

describe('a signature policy', () => {
  const policy = parsePolicy(
    `# who signs what
[default]
type = "reject"

[images."docker.io"]
type = "insecureAcceptAnything"

[images."docker.io/library/alpine"]
type = "sigstoreSigned"
keyPath = "keys/alpine.pub"

[images."Registry.example.com:5000/team"]
type = "sigstoreSigned"
keyPaths = ["/keys/a.pub", "/keys/b.pub"]
signedIdentity = "matchExact"
`,
    file,
  );
  const entryOf = (reference: string) => requirementFor(policy, parseReference(reference));

  it('holds the longest prefix in whole parts of the name', () => {
    assert.equal(entryOf('alpine:3.20').name, 'docker.io/library/alpine');
    assert.equal(entryOf('alpine-extra').name, 'docker.io');
    assert.equal(entryOf('docker.io/library/alpine/sub').name, 'docker.io/library/alpine');
    assert.equal(entryOf('registry.example.com:5000/team/app@sha256:'.concat('a'.repeat(64))).type, 'sigstoreSigned');
    assert.equal(entryOf('registry.example.com:5000/teammate/app').name, 'default');
    assert.equal(entryOf('registry.example.com/team/app').name, 'default');
  });

  it('is not got round by writing the host in capitals', () => {
    assert.equal(entryOf('REGISTRY.example.com:5000/team/app').name, 'registry.example.com:5000/team');
  });

  it('finds keys beside the file, and reports the place of an entry', () => {
    const { keyPaths, source } = entryOf('alpine');
    assert.deepEqual(keyPaths, ['/etc/slipway/keys/alpine.pub']);
    assert.equal(source, `${file}:8`);
  });

  const entry = (lines: string) => `[default]\ntype = "reject"\n[images."r.example/x"]\n${lines}`;
  for (const [what, text, line, says] of [
    ['no default', '[images]\n', 1, '[default] is missing'],
    ['a key for what looks at no signature', entry('type = "reject"\nkeyPath = "k"\n'), 5, 'keyPath contradicts'],
    ['a signature by nobody', entry('type = "sigstoreSigned"\n'), 4, 'needs keyPath'],
    ['two lists of keys', entry('type = "sigstoreSigned"\nkeyPath = "k"\nkeyPaths = ["l"]\n'), 6, 'write one of them'],
    ['an unknown type', entry('type = "signedBy"\n'), 4, 'type is "signedBy"'],
    ['an unknown key', entry('type = "reject"\nkeyData = "x"\n'), 5, 'unknown key "keyData"'],
    [
      'an entry twice',
      entry('type = "reject"\n[images."R.example/x"]\ntype = "reject"\n'),
      5,
      `the entry at ${file}:3`,
    ],
    [
      'a short name',
      '[default]\ntype = "reject"\n[images.alpine]\ntype = "reject"\n',
      3,
      "must begin with a registry's name",
    ],
    ['a tag', '[default]\ntype = "reject"\n[images."r.io/x:v1"]\ntype = "reject"\n', 3, 'without tag'],
    [
      'a name for what looks at none',
      entry('type = "sigstoreSigned"\nkeyPath = "k"\nsignedIdentity = "any"\nsignedPrefix = "q.io"\n'),
      7,
      'contradicts signedIdentity',
    ],
    ['no TOML', '[default\n', 1, ''],
  ] as const) {
    it(`refuses ${what} with its line`, () => {
      assert.throws(
        () => parsePolicy(text, file),
        (error) => {
          assert.ok(isSlipwayError(error) && error.code === 'INVALID_CONFIG');
          assert.ok(error.message.startsWith(`${file}:${line}: `), error.message);
          assert.ok(error.message.includes(says), error.message);
          return true;
        },
      );
    });
  }
});
