import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import type { Digest } from '@slipway/digest';
import { canonicalString, parseReference, repoDigest, repoTag } from '../src/index.js';
import { apiHost, familiarString, isLoopback } from '../src/reference.js';

const hex = 'a'.repeat(64);
const digest: Digest = `sha256:${hex}`;

const normal: [written: string, canonical: string, familiar: string][] = [
  ['alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
  ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20'],
  ['user/app', 'docker.io/user/app:latest', 'user/app:latest'],
  ['docker.io/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
  ['index.docker.io/library/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
  ['registry.k8s.io/pause:3.9', 'registry.k8s.io/pause:3.9', 'registry.k8s.io/pause:3.9'],
  ['localhost/app', 'localhost/app:latest', 'localhost/app:latest'],
  ['localhost:5000/app:1', 'localhost:5000/app:1', 'localhost:5000/app:1'],
  ['localhost:5000', 'docker.io/library/localhost:5000', 'localhost:5000'],
  ['host:8080/a/b/c', 'host:8080/a/b/c:latest', 'host:8080/a/b/c:latest'],
  ['[::1]:5000/app:1', '[::1]:5000/app:1', '[::1]:5000/app:1'],
  ['[fe80::1]/app', '[fe80::1]/app:latest', '[fe80::1]/app:latest'],
  ['GHCR.io/app', 'GHCR.io/app:latest', 'GHCR.io/app:latest'],
  ['Upper/app', 'Upper/app:latest', 'Upper/app:latest'],
  [`alpine@${digest}`, `docker.io/library/alpine@${digest}`, `alpine@${digest}`],
  [`alpine:3@${digest}`, `docker.io/library/alpine:3@${digest}`, `alpine:3@${digest}`],
  ['a/b--c__d.e_f', 'docker.io/a/b--c__d.e_f:latest', 'a/b--c__d.e_f:latest'],
];

test('references come to the normal form of Docker and containerd', () => {
  for (const [written, canonical, familiar] of normal) {
    const ref = parseReference(written);
    assert.equal(canonicalString(ref), canonical, written);
    assert.equal(familiarString(ref), familiar, written);
    assert.equal(ref.original, written);
    assert.deepEqual({ ...parseReference(canonical), original: '' }, { ...ref, original: '' }, canonical);
  }
});

test('a bad reference is refused with what is wrong', () => {
  const bad: [string, RegExp][] = [
    ['', /empty/],
    [' alpine', /white space/],
    ['https://docker.io/alpine', /scheme/],
    ['Alpine', /lower case/],
    ['docker.io/Library/alpine', /lower case/],
    ['alpine:', /tag is empty/],
    ['alpine:-x', /tag "-x"/],
    [`alpine:${'t'.repeat(129)}`, /1 to 128/],
    ['alpine@sha256:abc', /64 hex digits/],
    [`alpine@md5:${hex}`, /not supported/],
    [`alpine@sha256:${'A'.repeat(64)}`, /lower-case hex/],
    ['a//b', /empty part/],
    ['a/b/', /empty part/],
    ['-a', /not a valid part/],
    ['a/b..c', /not a valid part/],
    ['host:99999/a', /port/],
    ['[::1]:5000', /repository name is missing|not a valid/],
    ['[:::1]:80/x', /IPv6/],
    ['[1:2]/x', /IPv6/],
    ['[::1%lo]/x', /not a host name/],
    ['x'.repeat(1_000_000), /1000000 characters/],
    ['under_score.io/a', /not a host name/],
    [hex, /image id/],
    [`a/${'b'.repeat(260)}`, /255/],
  ];
  for (const [text, reason] of bad) {
    assert.throws(
      () => parseReference(text),
      (error) => isSlipwayError(error) && error.code === 'INVALID_REFERENCE' && reason.test(error.message),
      JSON.stringify(text),
    );
  }
});

test('repo tags and repo digests are written in full', () => {
  assert.equal(repoTag(parseReference('alpine')), 'docker.io/library/alpine:latest');
  assert.equal(repoTag(parseReference(`alpine@${digest}`)), undefined);
  assert.equal(repoDigest(parseReference('alpine:3'), digest), `docker.io/library/alpine@${digest}`);
});

test('Docker Hub is served by another host, and loopback is known in all its forms', () => {
  assert.equal(apiHost('docker.io'), 'registry-1.docker.io');
  assert.equal(apiHost('ghcr.io'), 'ghcr.io');
  for (const host of ['localhost', 'localhost:1', '127.0.0.1:5000', '127.8.9.1', '[::1]', '[::1]:5000'])
    assert.ok(isLoopback(host), host);
  for (const host of ['docker.io', '128.0.0.1', 'localhost.example', '127.0.0.1.evil.example', '[::2]:1'])
    assert.ok(!isLoopback(host), host);
});
