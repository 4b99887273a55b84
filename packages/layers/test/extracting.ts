import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { at } from '@slipway/linux';
import { type ExtractResult, LayerExtractor, type LayerLimits, TarReader } from '../src/index.js';
import { measureTree } from '../src/store/measure.js';

/** Unpacks an archive into a new directory, in pieces of the given length. Its report of the tree's size is compared. */
export function extract(
  tar: Buffer,
  directory: string,
  { piece = 1 << 20, limits = {} }: { piece?: number; limits?: Partial<LayerLimits> } = {},
): Omit<ExtractResult, 'size'> {
  mkdirSync(directory, { recursive: true });
  const fd = openSync(directory, 'r');
  const extractor = new LayerExtractor(fd, limits);
  try {
    const reader = new TarReader(extractor, limits);
    for (let i = 0; i < tar.length; i += piece) reader.push(tar.subarray(i, i + piece));
    reader.end();
    const { size, ...result } = extractor.finish();
    if (size) assert.deepEqual(size, measureTree(fd));
    return result;
  } finally {
    extractor.close();
    closeSync(fd);
  }
}

export function xattr(path: string, name: string): Buffer | undefined {
  const fd = openSync(path, 'r');
  try {
    return at.getXattrFd(fd, name);
  } finally {
    closeSync(fd);
  }
}
