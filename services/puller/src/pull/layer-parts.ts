import type { Digest } from '@slipway/digest';
import type { LayerOrigin, LayerStore, Unpacker } from '@slipway/layers';
import type { FairLimiter } from '@slipway/stage';
import type { BlobSource } from './blob-source.js';
import type { Downloads } from './downloads.js';
import type { Peers } from '../peers/peers.js';
import type { Progress } from './progress.js';

/** The parts that layers are made with. */
export interface LayerParts {
  readonly store: LayerStore;
  readonly unpacker: Unpacker;
  readonly downloads: Downloads;
  /** Places for blobs that this process fetches concurrently, over all pulls; shared among registries. */
  readonly fetching: FairLimiter;
  /** Places for layers that it unpacks concurrently; the same. */
  readonly unpacking: FairLimiter;
  /** The other nodes of the site, where blobs are kept for them. */
  readonly peers?: Peers | undefined;
}

/** The pull that asks for them. */
export interface LayerRequest {
  /** Whose layers they are, a registry: places are shared among those. */
  readonly share: string;
  /** Where a layer that this makes or proves came from, but for its blob. */
  readonly origin: Omit<LayerOrigin, 'blob' | 'registry'>;
  /** The registry said that the tag is still the image that is here, or the archive holds all of it. */
  readonly proved: boolean;
  /** Whether the registry says that this pull may have a blob. */
  hasBlob(digest: Digest): Promise<boolean>;
  readonly source: BlobSource;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  span<T>(name: string, work: () => Promise<T>): Promise<T>;
}
