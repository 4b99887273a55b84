import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@slipway/linux';
import type { LayerInfo } from './layer-info.js';
import type { LayerOrigin } from './layer-info.js';

/** A layer that most images share comes from few registries; what is forgotten is only proved once more. */
const maxOrigins = 64;

/** All origins of a layer: that of its record, and those that were proved later (`origins.json` beside it). */
export async function readOrigins(home: string, info: LayerInfo): Promise<LayerOrigin[]> {
  // A layer from before origins were noted: its blob is known, and nobody was kept out.
  const first = info.origin ?? { registry: '', blob: info.blobDigest ?? '', open: true, preloaded: false };
  return [first, ...(await readLater(home))];
}

/** Adds an origin. Two concurrent calls may lose one of them. */
export async function addOrigin(home: string, info: LayerInfo, origin: LayerOrigin): Promise<void> {
  const same = (other: LayerOrigin): boolean => JSON.stringify(parts(other)) === JSON.stringify(parts(origin));
  const known = await readOrigins(home, info);
  if (known.some(same)) return;
  const temporary = join(home, `origins.${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, JSON.stringify([origin, ...known.slice(1)].slice(0, maxOrigins)), { mode: 0o600 });
    await rename(temporary, join(home, 'origins.json'));
  } catch (error) {
    await rm(temporary, { force: true });
    // The layer was removed meanwhile.
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function parts({ registry, blob, open, preloaded }: LayerOrigin): unknown[] {
  return [registry, blob, open, preloaded];
}

async function readLater(home: string): Promise<LayerOrigin[]> {
  try {
    const list = JSON.parse(await readFile(join(home, 'origins.json'), 'utf8')) as LayerOrigin[];
    return Array.isArray(list) ? list : [];
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return [];
    throw error;
  }
}
