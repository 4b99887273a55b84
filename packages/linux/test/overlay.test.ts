import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasOverlayLowerdirPlus, isMountpoint, mountOverlay, mountsBelow } from '../src/index.js';
import { overlayOptions } from '../src/overlay.js';
import { mount } from '../src/mounts.js';
import { needsRoot, temporaryDirectory } from './support.js';

function layers(dir: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const layer = join(dir, `layer-${index}`);
    mkdirSync(layer);
    writeFileSync(join(layer, 'which'), String(index));
    writeFileSync(join(layer, `only-${index}`), '');
    return layer;
  });
}

function directories(dir: string): { upper: string; work: string; target: string } {
  const made = { upper: join(dir, 'upper'), work: join(dir, 'work'), target: join(dir, 'target') };
  for (const path of Object.values(made)) mkdirSync(path);
  return made;
}

test('the first lower directory is the topmost; writes go to upper', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t);
  const { upper, work, target } = directories(dir);
  mountOverlay({ lower: layers(dir, 3), upper, work, target });
  assert.equal(readFileSync(join(target, 'which'), 'utf8'), '0');
  assert.deepEqual(readdirSync(target).toSorted(), ['only-0', 'only-1', 'only-2', 'which']);
  writeFileSync(join(target, 'new'), 'n');
  assert.equal(readFileSync(join(upper, 'new'), 'utf8'), 'n');
  assert.equal(existsSync(join(dir, 'layer-0/new')), false);
});

test('300 layers', { skip: needsRoot || (!hasOverlayLowerdirPlus() && 'this kernel has no lowerdir+') }, (t) => {
  const dir = temporaryDirectory(t);
  const { upper, work, target } = directories(dir);
  mountOverlay({ lower: layers(dir, 300), upper, work, target });
  assert.equal(readdirSync(target).length, 301);
});

test('paths with colons, commas and backslashes', { skip: needsRoot }, (t) => {
  const dir = join(temporaryDirectory(t), 'a:b,c\\d');
  mkdirSync(dir);
  const { upper, work, target } = directories(dir);
  const lower = layers(dir, 2);
  mountOverlay({ lower, upper, work, target });
  assert.equal(readFileSync(join(target, 'only-1'), 'utf8'), '');
});

test('the option string of older kernels mounts the same', { skip: needsRoot }, (t) => {
  const dir = join(temporaryDirectory(t), 'a:b,c\\d');
  mkdirSync(dir);
  const { upper, work, target } = directories(dir);
  const data = overlayOptions({ lower: layers(dir, 2), upper, work, target, options: { metacopy: 'off' } });
  mount({ source: 'overlay', target, type: 'overlay', data });
  assert.equal(readFileSync(join(target, 'which'), 'utf8'), '0');
  writeFileSync(join(target, 'new'), '');
  assert.ok(existsSync(join(upper, 'new')));
});

for (const count of [1, 2]) {
  test(`read-only without an upper directory, ${count} layers`, { skip: needsRoot }, (t) => {
    const dir = temporaryDirectory(t);
    const target = join(dir, 'target');
    mkdirSync(target);
    mountOverlay({ lower: layers(dir, count), target });
    assert.equal(isMountpoint(target), true);
    assert.equal(readFileSync(join(target, 'which'), 'utf8'), '0');
    assert.throws(() => writeFileSync(join(target, 'new'), ''), { code: 'EROFS' });
  });
}

test('readonly holds although there is an upper directory', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t);
  const { upper, work, target } = directories(dir);
  mountOverlay({ lower: layers(dir, 1), upper, work, target, readonly: true });
  assert.throws(() => writeFileSync(join(target, 'new'), ''), { code: 'EROFS' });
});

test("a refusal carries the kernel's own words and leaves no mount", {
  skip: needsRoot || !hasOverlayLowerdirPlus(),
}, (t) => {
  const dir = temporaryDirectory(t);
  const { upper, work, target } = directories(dir);
  const lower = layers(dir, 1);
  assert.throws(() => mountOverlay({ lower, upper, work, target, options: { nonsense: 'yes' } }), {
    code: 'EINVAL',
    message: /nonsense=yes: EINVAL \(invalid argument\): overlay: Unknown parameter/,
  });
  assert.throws(() => mountOverlay({ lower: [join(dir, 'missing')], upper, work, target }), { code: 'ENOENT' });
  assert.throws(() => mountOverlay({ lower: [], upper, work, target }), { code: 'EINVAL' });
  assert.throws(() => mountOverlay({ lower, upper, target }), { code: 'EINVAL' });
  assert.deepEqual(mountsBelow(dir), []);
});
