import { readFileSync } from 'node:fs';
import { hasCode } from '@slipway/linux';
import type { LayerInfo } from './layer-info.js';
import { StoreLayout } from './store-layout.js';
import { hasFiles } from './whole.js';

/**
 * Whether layers are below `root`, for a reader that has no store open: the disk may have lost them, or somebody removed
 * them. Looks at one record and one directory for each layer, and not at the trees. A layer that cannot be read for
 * another reason than its absence counts as there.
 */
export function layersThere(root: string, diffIDs: readonly string[]): boolean {
  const layout = new StoreLayout(root, '');
  return diffIDs.every((diffID) => {
    try {
      const info = JSON.parse(readFileSync(layout.record(diffID), 'utf8')) as LayerInfo;
      return hasFiles(`${layout.home(diffID)}/fs`, info);
    } catch (error) {
      // An unclean boot leaves records that are cut.
      return !(error instanceof SyntaxError) && !hasCode(error, 'ENOENT', 'ENOTDIR');
    }
  });
}
