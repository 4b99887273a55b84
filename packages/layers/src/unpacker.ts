import type { LayerInfo, LayerLimits } from './layer-info.js';
import type { LayerStore } from './store.js';

export interface UnpackerOptions {
  /** Layers unpacked at the same time, each by a child process of its own. Default: the machine's cores, at most 4. */
  readonly parallel?: number | undefined;
  /** The child's entry, when it is not `unpack-worker.js` beside this module (a bundle that lies elsewhere). */
  readonly workerPath?: string | undefined;
  readonly limits?: Partial<LayerLimits> | undefined;
}

export interface UnpackProgress {
  /** Uncompressed bytes read so far. */
  readonly archiveBytes: number;
  readonly entries: number;
}

export interface UnpackRequest {
  /** The blob's file; it is only read. */
  readonly blobPath: string;
  /** As in the manifest, for messages alone: the compression is told by the blob's first bytes. */
  readonly mediaType?: string | undefined;
  readonly diffID: string;
  readonly blobDigest?: string | undefined;
  readonly store: LayerStore;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: UnpackProgress) => void) | undefined;
}

/** STUB */
export class Unpacker {
  constructor(readonly options: UnpackerOptions = {}) {}
  unpack(_request: UnpackRequest): Promise<LayerInfo> {
    throw new Error('not yet');
  }
  close(): Promise<void> {
    throw new Error('not yet');
  }
}
