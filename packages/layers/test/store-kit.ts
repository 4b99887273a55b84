import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { LayerStore, type LayerStoreOptions, Unpacker, type UnpackerOptions } from '../src/index.js';
import { archive, type Member, temporary } from './archive-builder.js';

/** A store of its own with threads that unpack into it. `blob` writes a blob and answers its path. */
export function setup(t: TestContext, options: UnpackerOptions = {}, storeOptions: LayerStoreOptions = {}) {
  const root = temporary(t);
  const unpacker = new Unpacker({ parallel: 2, ...options });
  t.after(() => unpacker.close());
  const store = new LayerStore(root, { backgroundSync: false, ...storeOptions });
  let blobs = 0;
  const blob = (bytes: Buffer): string => {
    const path = join(root, `blob${blobs++}`);
    writeFileSync(path, bytes);
    return path;
  };
  return { root, unpacker, store, blob };
}

/** Entries of the store's tmp and locks; empty when nothing was left. */
export function leftovers(root: string): string[] {
  return ['tmp', 'locks'].flatMap((name) => {
    const path = join(root, 'layers', name);
    return existsSync(path) ? readdirSync(path) : [];
  });
}

/** An archive of some megabytes that does not compress to nothing. */
export function bulky(files: number): Buffer {
  const members: Member[] = [];
  let word = 1;
  const data = Buffer.alloc(65536);
  for (let i = 0; i < data.length; i += 4) data.writeUInt32LE((word = Math.imul(word, 1664525) + 1013904223) >>> 0, i);
  for (let i = 0; i < files; i++)
    members.push({ name: `files/${i}`, data: Buffer.concat([data, Buffer.from(String(i))]) });
  return archive(...members);
}
