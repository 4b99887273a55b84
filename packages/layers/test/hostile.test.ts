import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { archive, asRoot, header, type Member, temporary } from './archive-builder.js';
import { extract } from './extracting.js';

interface Case {
  members: (Member | Buffer)[];
  /** The expected error; undefined: it unpacks, and stays inside. */
  code?: string;
  text?: RegExp;
  inside?: string;
}

const deep = 'd/'.repeat(300);
const cases: Record<string, Case> = {
  'dot-dot': { members: [{ name: '../victim/new' }], code: 'IMAGE_INVALID', text: /out of the layer/ },
  'dot-dot behind a directory': { members: [{ name: 'a/../../victim/new' }], code: 'IMAGE_INVALID' },
  'inner dot-dot': { members: [{ name: 'a/../b', data: 'x' }], inside: 'b' },
  'absolute name': { members: [{ name: '/victim/new', data: 'x' }], inside: 'victim/new' },
  'link to outside, then through it': {
    members: [
      { name: 'l', type: '2', link: '../victim' },
      { name: 'l/new', data: 'x' },
    ],
    inside: 'victim/new',
  },
  'absolute link, then through it': {
    members: [
      { name: 'l', type: '2', link: '/tmp' },
      { name: 'l/new', data: 'x' },
    ],
    inside: 'tmp/new',
  },
  'chain of links': {
    members: [
      { name: 'a', type: '2', link: 'b' },
      { name: 'b', type: '2', link: 'c/../..' },
      { name: 'c', type: '2', link: '../../victim' },
      { name: 'a/new', data: 'x' },
    ],
    inside: 'new',
  },
  'link loop': {
    members: [
      { name: 'a', type: '2', link: 'b' },
      { name: 'b', type: '2', link: 'a' },
      { name: 'a/new', data: 'x' },
    ],
    code: 'IMAGE_INVALID',
    text: /loop/,
  },
  'loop through a missing name': {
    members: [
      { name: 'a', type: '2', link: 'missing/../a/x' },
      { name: 'a/new', data: 'x' },
    ],
    code: 'IMAGE_INVALID',
    text: /loop/,
  },
  'parent replaced by a link midway': {
    members: [
      { name: 'd/', type: '5' },
      { name: 'd/one', data: '1' },
      { name: 'd', type: '2', link: '../victim' },
      { name: 'd/new', data: '2' },
    ],
    inside: 'victim/new',
  },
  'parent link repointed midway': {
    members: [
      { name: 'x/', type: '5' },
      { name: 'd', type: '2', link: 'x' },
      { name: 'd/one', data: '1' },
      { name: 'd', type: '2', link: '../../victim' },
      { name: 'd/new', data: '2' },
    ],
    inside: 'victim/new',
  },
  'file through a link of its own name': {
    members: [
      { name: 'f', type: '2', link: '../victim/file' },
      { name: 'f', data: 'overwritten' },
    ],
    inside: 'f',
  },
  'hard link to outside': {
    members: [{ name: 'h', type: '1', link: '../victim/file' }],
    code: 'IMAGE_INVALID',
  },
  'hard link to an absolute outside': {
    members: [{ name: 'h', type: '1', link: '/etc/passwd' }],
    code: 'IMAGE_INVALID',
    text: /does not hold/,
  },
  'hard link through a link': {
    members: [
      { name: 'l', type: '2', link: '../victim' },
      { name: 'h', type: '1', link: 'l/file' },
    ],
    code: 'IMAGE_INVALID',
    text: /does not hold/,
  },
  'hard link to a link, then written': {
    members: [
      { name: 'l', type: '2', link: '../victim/file' },
      { name: 'h', type: '1', link: 'l' },
      { name: 'h', data: 'overwritten' },
    ],
    inside: 'h',
  },
  'hard link to a directory': {
    members: [
      { name: 'd/', type: '5' },
      { name: 'h', type: '1', link: 'd' },
    ],
    code: 'IMAGE_INVALID',
    text: /directory/,
  },
  'hard link to itself': {
    members: [
      { name: 'a', data: 'x' },
      { name: 'a', type: '1', link: 'a' },
    ],
    inside: 'a',
  },
  'hard link in place of what it links to': {
    members: [
      { name: 'd/f', data: 'x' },
      { name: 'd', type: '1', link: 'd/f' },
    ],
    code: 'IMAGE_INVALID',
    text: /replaces/,
  },
  'the root replaced': { members: [{ name: './', type: '2', link: '../victim' }], code: 'IMAGE_INVALID', text: /root/ },
  'a file for a parent': {
    members: [{ name: 'f', data: 'x' }, { name: 'f/child' }],
    code: 'IMAGE_INVALID',
    text: /no directory/,
  },
  'a device for a parent': {
    members: [{ name: 'f', type: '3', major: 1, minor: 3 }, { name: 'f/child' }],
    code: 'IMAGE_INVALID',
  },
  'impossible device number': {
    members: [{ name: 'f', type: '3', major: 70000 }],
    code: 'IMAGE_INVALID',
    text: /device/,
  },
  'whiteout of dot-dot': { members: [{ name: 'a/.wh...' }], code: 'IMAGE_INVALID', text: /whiteout of nothing/ },
  'whiteout of nothing': { members: [{ name: 'a/.wh.' }], code: 'IMAGE_INVALID' },
  'whiteout for a parent': { members: [{ name: '.wh.a/b' }], code: 'IMAGE_INVALID', text: /whiteout/ },
  'whiteout through a link': {
    members: [{ name: 'l', type: '2', link: '../victim' }, { name: 'l/.wh.file' }],
    inside: 'victim/file',
  },
  'opaque mark through a link': {
    members: [{ name: 'l', type: '2', link: '../victim' }, { name: 'l/.wh..wh..opq' }],
    inside: 'victim',
  },
  "overlay's own xattr": {
    members: [{ name: 'd/', type: '5', pax: { 'SCHILY.xattr.trusted.overlay.redirect': '/etc' } }],
    inside: 'd',
  },
  'more xattrs than Linux lists': {
    members: [
      {
        name: 'a',
        pax: Object.fromEntries(
          Array.from({ length: 300 }, (_, at) => [`SCHILY.xattr.user.${'x'.repeat(240)}${at}`, '']),
        ),
      },
    ],
    code: 'IMAGE_INVALID',
    text: /more extended attributes/,
  },
  'huge xattr': {
    members: [{ name: 'a', pax: { 'SCHILY.xattr.user.x': Buffer.alloc(70_000) } }],
    code: 'IMAGE_INVALID',
    text: /longer than/,
  },
  'huge size': { members: [header({ name: 'a', size: 2 ** 32 })], code: 'IMAGE_INVALID', text: /cut off/ },
  'huge sparse file': {
    members: [{ name: 'a', pax: { 'GNU.sparse.size': '9007199254740991', 'GNU.sparse.map': '' } }],
    code: 'IMAGE_INVALID',
  },
  'too deep': { members: [{ name: 'f', pax: { path: `${deep}${deep}f` } }], code: 'LIMIT_EXCEEDED', text: /maxDepth/ },
  'deeper by links': {
    members: [
      { name: 'f', pax: { path: `${deep}f` } },
      { name: 'l', type: '2', pax: { linkpath: deep }, link: 'x' },
      { name: 'f', pax: { path: `l/${deep}f` } },
    ],
    code: 'LIMIT_EXCEEDED',
    text: /too deep/,
  },
  'long component': { members: [{ name: 'f', pax: { path: 'n'.repeat(256) } }], code: 'IMAGE_INVALID', text: /255/ },
};

test('nothing gets out of the layer, whatever the archive says', asRoot, async (t) => {
  for (const [name, { members, code, text, inside }] of Object.entries(cases)) {
    await t.test(name, (t) => {
      const directory = temporary(t);
      const victim = join(directory, 'victim');
      mkdirSync(victim);
      writeFileSync(join(victim, 'file'), 'untouched');
      const out = join(directory, 'out');
      const before = lstatSync(victim);
      if (code === undefined) {
        extract(archive(...members), out);
        assert.ok(existsSync(join(out, inside as string)) || lstatSync(join(out, inside as string)));
      } else {
        assert.throws(
          () => extract(archive(...members), out),
          (error: unknown) => {
            assert.ok(isSlipwayError(error), String(error));
            assert.equal(error.code, code, error.message);
            assert.match(error.message, text ?? /./);
            return true;
          },
        );
      }
      assert.deepEqual(readdirSync(directory).sort(), ['out', 'victim']);
      assert.deepEqual(readdirSync(victim), ['file']);
      assert.equal(readFileSync(join(victim, 'file'), 'utf8'), 'untouched');
      const after = lstatSync(victim);
      assert.deepEqual(
        [after.mode, after.uid, after.mtimeMs, after.nlink],
        [before.mode, before.uid, before.mtimeMs, before.nlink],
      );
    });
  }
});
