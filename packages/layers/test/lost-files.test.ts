import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type LayerInfo, LayerStore } from '../src/index.js';
import { archive, asRoot, diffIDOf } from './archive-builder.js';
import { bulky, leftovers, setup } from './store-kit.js';

test('what was not synced before an unclean boot is not trusted', asRoot, async (t) => {
  const { root, unpacker, store, blob } = setup(t, {}, { bootID: 'first' });
  const [tar, other, cut] = [bulky(2), bulky(3), bulky(4)];
  await unpacker.unpack({ blobPath: blob(tar), diffID: diffIDOf(tar), store });
  await unpacker.unpack({ blobPath: blob(cut), diffID: diffIDOf(cut), store });
  await store.sync();
  assert.equal((await store.info(diffIDOf(tar)))?.synced, true);
  await unpacker.unpack({ blobPath: blob(other), diffID: diffIDOf(other), store });
  truncateSync(join(root, 'layers/sha256', diffIDOf(cut).slice(7), 'layer.json'), 0);

  const after = new LayerStore(root, { bootID: 'second', backgroundSync: false });
  assert.deepEqual(
    [await after.has(diffIDOf(tar)), await after.has(diffIDOf(other)), await after.has(diffIDOf(cut))],
    [true, false, false],
  );
  // An unpack puts the doubtful one right by itself; a sweep removes the rest.
  const again = await unpacker.unpack({ blobPath: blob(other), diffID: diffIDOf(other), store: after });
  assert.equal(again.bootID, 'second');
  assert.deepEqual(await after.sweep(), { removed: [], distrusted: [diffIDOf(cut)] });
  assert.equal((await after.list()).length, 2);
  assert.deepEqual(leftovers(root), []);
});

test('a synced layer whose files are gone is not there, and an unpack brings it back', asRoot, async (t) => {
  const { root, unpacker, store, blob } = setup(t);
  const tar = bulky(2);
  const diffID = diffIDOf(tar);
  const unpack = (): Promise<LayerInfo> => unpacker.unpack({ blobPath: blob(tar), diffID, store });
  await unpack();
  await store.sync();
  const entries = readdirSync(store.path(diffID));
  for (const lose of [
    () => rmSync(store.path(diffID), { recursive: true }),
    () => {
      for (const name of entries) rmSync(join(store.path(diffID), name), { recursive: true });
    },
  ]) {
    lose();
    assert.equal(await store.has(diffID), false);
    await unpack();
    assert.equal(await store.has(diffID), true);
    assert.deepEqual(readdirSync(store.path(diffID)), entries);
  }
  const empty = archive();
  await unpacker.unpack({ blobPath: blob(empty), diffID: diffIDOf(empty), store });
  assert.equal(await store.has(diffIDOf(empty)), true);
  assert.deepEqual(leftovers(root), []);
});

test(
  'a layer that has lost files is counted out, and its files stay aside until the node restarts',
  asRoot,
  async (t) => {
    const { root, unpacker, store, blob } = setup(t);
    const tar = archive(
      { name: 'a', data: 'one' },
      { name: 'b', type: '1', link: 'a' },
      { name: 'd/', type: '5' },
      { name: 'd/.wh.gone' },
      { name: 'd/c', data: 'two' },
    );
    const diffID = diffIDOf(tar);
    const info = await unpacker.unpack({ blobPath: blob(tar), diffID, store });
    assert.equal(await store.verify(info), 0);
    rmSync(join(store.path(diffID), 'd/c'));
    assert.equal(await store.verify(info), 1);
    assert.equal(await store.info(diffID), undefined);
    const aside = (): number => readdirSync(join(root, 'layers', 'aside')).length;
    await store.sweep();
    assert.equal(aside(), 1);
    // What the disk has lost is a matter of this boot's; the layer comes again as if it had never been there.
    await unpacker.unpack({ blobPath: blob(tar), diffID, store });
    assert.equal(readFileSync(join(store.path(diffID), 'd/c'), 'utf8'), 'two');
    await store.sync();
    await new LayerStore(root, { backgroundSync: false, bootID: 'the next one' }).sweep();
    assert.equal(aside(), 0);
    assert.equal(await store.has(diffID), true);
  },
);
