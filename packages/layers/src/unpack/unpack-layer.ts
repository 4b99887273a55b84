import { statSync } from 'node:fs';
import type { LayerInfo, LayerLimits } from '../store/layer-info.js';
import type { LayerOrigin } from '../store/layer-info.js';
import { Staging } from '../store/staging.js';
import { StoreLayout } from '../store/store-layout.js';
import { unpackArchive } from './unpack-archive.js';

export interface UnpackLayerRequest {
  readonly blobPath: string;
  readonly blobDigest?: string | undefined;
  readonly diffID: string;
  readonly origin?: LayerOrigin | undefined;
  readonly limits: LayerLimits;
  /** The store's root. */
  readonly root: string;
  readonly bootID: string;
}

/**
 * Unpacks one blob into a store: in a directory of its own first, which becomes the layer when its diffID
 * matched. The caller holds the layer's lock. Synchronous calls do the work: this is for a thread of its own.
 */
export async function unpackLayer(
  request: UnpackLayerRequest,
  progress: (archiveBytes: number, entries: number) => void,
  checkStop: () => void,
): Promise<LayerInfo> {
  const { blobPath, blobDigest, origin, diffID, limits, root, bootID } = request;
  const staging = Staging.open(new StoreLayout(root, bootID), diffID);
  try {
    const { directory } = staging;
    const unpacked = await unpackArchive({ blobPath, directory, diffID, limits }, progress, checkStop);
    return staging.commit(unpacked, { digest: blobDigest, origin, size: statSync(blobPath).size });
  } finally {
    staging.abort();
  }
}
