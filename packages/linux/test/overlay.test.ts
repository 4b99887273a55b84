import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasCode, isMountpoint, mountOverlay, mountsBelow, type OverlayMethod, unmount } from '../src/index.js';
import { needsRoot, temporaryDirectory as temporaryDirectoryIn } from './support.js';

/** Not on a disk: hundreds of small directories take seconds there. */
const memory = '/dev/shm';

function temporaryDirectory(t: TestContext): string {
  return temporaryDirectoryIn(t, memory);
}

function layers(dir: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const layer = join(dir, `layer-${index}`);
    mkdirSync(layer);
    writeFileSync(join(layer, 'which'), String(index));
    writeFileSync(join(layer, `only-${index}`), '');
    return layer;
  });
}

/** Paths below `dir` that this process has open. */
function openBelow(dir: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(dir) ? [path] : [];
    } catch {
      return [];
    }
  });
}

function directories(dir: string): { upper: string; work: string; target: string } {
  const made = { upper: join(dir, 'upper'), work: join(dir, 'work'), target: join(dir, 'target') };
  for (const path of Object.values(made)) mkdirSync(path);
  return made;
}

/** Whether the kernel itself takes layers one by one, found by a mount in a directory of its own. */
function hasLowerdirPlus(): boolean {
  if (needsRoot) return false;
  const dir = mkdtempSync(`${memory}/slipway-linux-test-`);
  try {
    mountOverlay({ lower: layers(dir, 2), target: dir }, 'lowerdir+');
    return unmount(dir);
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOSYS')) return false;
    throw error;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const lowerdirPlus = hasLowerdirPlus();
const noLowerdirPlus = needsRoot || (!lowerdirPlus && 'this kernel has no lowerdir+');
const methods: { method: OverlayMethod | undefined; most: number; skip: string | false }[] = [
  { method: undefined, most: 200, skip: needsRoot },
  { method: 'string', most: 200, skip: needsRoot },
  { method: 'lowerdir+', most: 500, skip: noLowerdirPlus },
];

for (const { method, most, skip } of methods) {
  const by = method ?? 'the method that the kernel has';

  test(`by ${by}: the first lower directory is the topmost; writes go to upper`, { skip }, (t) => {
    const dir = temporaryDirectory(t);
    const { upper, work, target } = directories(dir);
    mountOverlay({ lower: layers(dir, 3), upper, work, target, options: { metacopy: 'off' } }, method);
    assert.equal(readFileSync(join(target, 'which'), 'utf8'), '0');
    assert.deepEqual(readdirSync(target).toSorted(), ['only-0', 'only-1', 'only-2', 'which']);
    writeFileSync(join(target, 'new'), 'n');
    assert.equal(readFileSync(join(upper, 'new'), 'utf8'), 'n');
    assert.equal(existsSync(join(dir, 'layer-0/new')), false);
  });

  test(`by ${by}: ${most} layers with the paths of a layer store`, { skip }, (t) => {
    const dir = join(
      temporaryDirectory(t),
      'var/lib/slipway/layers/sha256',
      'e3b0c44298fc1c149afbf4c8996fb924'.repeat(2),
    );
    mkdirSync(dir, { recursive: true });
    const { upper, work, target } = directories(dir);
    const lower = layers(dir, most);
    mountOverlay({ lower, upper, work, target }, method);
    assert.equal(readdirSync(target).length, most + 1);
    assert.equal(readFileSync(join(target, 'which'), 'utf8'), '0');
    assert.deepEqual(openBelow(dir), []);
  });

  test(`by ${by}: paths with colons, commas and backslashes, and longer than 255 bytes`, { skip }, (t) => {
    const dir = join(temporaryDirectory(t), 'a:b,c\\d', 'long'.repeat(60), 'and longer');
    mkdirSync(dir, { recursive: true });
    const { upper, work, target } = directories(dir);
    const lower = layers(dir, 2);
    mountOverlay({ lower, upper, work, target }, method);
    assert.equal(readFileSync(join(target, 'only-1'), 'utf8'), '');
    writeFileSync(join(target, 'new'), '');
    assert.ok(existsSync(join(upper, 'new')));
  });
}

test('more layers than a page of options holds are refused with their number', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t);
  const { upper, work, target } = directories(dir);
  assert.throws(() => mountOverlay({ lower: layers(dir, 400), upper, work, target }, 'string'), {
    code: 'E2BIG',
    message: /400 layers do not fit/,
  });
  assert.deepEqual(openBelow(dir), []);
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
  skip: noLowerdirPlus,
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
