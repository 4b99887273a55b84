import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { archive, asRoot, checksummed, type Member, temporary } from './archive-builder.js';
import { extract } from './extracting.js';

const rounds = Number(process.env['SLIPWAY_FUZZ_ROUNDS'] ?? 1500);

/** mulberry32: the same archives in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const names = [
  'a',
  'b',
  'a/b',
  'b/a',
  'a/b/c',
  '../victim/x',
  '/victim/y',
  'a/../../victim',
  '.wh.a',
  'a/.wh.b',
  'a/.wh..wh..opq',
  './',
];
const links = ['a', 'b', '..', '../victim', '../victim/file', '/', 'a/b', '/victim', 'b/../..', '../../victim'];

function someMember(next: (below: number) => number): Member {
  const pick = (from: string[]): string => from[next(from.length)] as string;
  const member: Member = {
    name: pick(names),
    type: pick(['0', '0', '1', '2', '2', '5', '5', '3', '6', 'S', '7']),
    link: pick(links),
    mode: next(0o10000),
  };
  if (member.type === '0') member.data = 'x'.repeat(next(1200));
  if (next(4) === 0) member.pax = { path: pick(names), 'SCHILY.xattr.user.x': 'v', mtime: `${next(9)}.5` };
  if (next(12) === 0) member.pax = { 'GNU.sparse.major': String(next(3)), 'GNU.sparse.realsize': String(next(9999)) };
  return member;
}

test(`${rounds} mutated archives: only clear errors, nothing outside`, asRoot, (t) => {
  const directory = temporary(t);
  const victim = join(directory, 'victim');
  mkdirSync(victim);
  writeFileSync(join(victim, 'file'), 'untouched');
  const before = lstatSync(victim);
  let unpacked = 0;
  for (let round = 0; round < rounds; round++) {
    const next = random(round);
    const tar = archive(...Array.from({ length: 1 + next(12) }, () => someMember(next)));
    // A third as it is, a third with bad bytes, a third with bad bytes under right checksums.
    const kind = next(3);
    for (let i = kind === 0 ? 0 : 1 + next(6); i > 0; i--) tar[next(tar.length)] = next(256);
    if (kind === 2)
      for (let at = 0; at + 512 <= tar.length; at += 512)
        if (tar.toString('latin1', at + 257, at + 262) === 'ustar') checksummed(tar.subarray(at, at + 512));
    const cut = next(8) === 0 ? next(tar.length) : tar.length;
    const out = join(directory, 'out');
    try {
      extract(tar.subarray(0, cut), out, { piece: 1 + next(2000), limits: { maxBytes: 1 << 26 } });
      unpacked++;
    } catch (error) {
      assert.ok(isSlipwayError(error), `round ${round}: ${String((error as Error).stack)}`);
      assert.notEqual(error.code, 'INTERNAL', `round ${round}: ${error.message}`);
    }
    assert.deepEqual(readdirSync(directory).sort(), ['out', 'victim'], `round ${round}`);
    assert.deepEqual(readdirSync(victim), ['file'], `round ${round}`);
    rmSync(out, { recursive: true });
  }
  assert.equal(readFileSync(join(victim, 'file'), 'utf8'), 'untouched');
  const after = lstatSync(victim);
  assert.deepEqual([after.mode, after.mtimeMs, after.nlink], [before.mode, before.mtimeMs, before.nlink]);
  assert.ok(unpacked > rounds / 20, `only ${unpacked} archives were good enough to unpack`);
});
