import type { Settings } from '@slipway/config';
import type { Descriptor, Reference, RegistryClient, Target } from '@slipway/registry';
import type { Logger } from '@slipway/telemetry';

export interface BlobFetch {
  /** The file that holds the blob, whole and verified, when the fetch has succeeded; what it holds already stays. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Bytes of the blob that are on disk, first those from before. */
  readonly onProgress: (bytes: number) => void;
}

/** Where the blobs of an image come from. */
export interface BlobSource {
  /** @throws DIGEST_MISMATCH when the bytes are not the blob's */
  fetch(blob: Descriptor, fetch: BlobFetch): Promise<void>;
}

/** How a layer may come; see the settings of these names. */
export type TransferLimits = Pick<Settings['images'], 'noProgressMs' | 'minBytesPerSecond' | 'layerMs' | 'ranges'>;

export interface RegistrySourceOptions {
  readonly reference: Reference;
  readonly targets: readonly Target[];
  readonly transfer: TransferLimits;
  readonly log: Logger;
  /** Hears how many bytes came over the network for a blob. */
  readonly onFetched?: (bytes: number) => void;
}

/** The hosts of a reference's registry. */
export function registrySource(registry: RegistryClient, options: RegistrySourceOptions): BlobSource {
  const { reference, targets, transfer, log } = options;
  return {
    fetch: async (blob, { path, signal, onProgress }) => {
      const { fetched } = await registry.downloadBlob(blob, {
        reference,
        targets,
        path,
        signal,
        noProgressMs: transfer.noProgressMs,
        minBytesPerSecond: transfer.minBytesPerSecond,
        ranges: { parallel: transfer.ranges },
        ...(transfer.layerMs > 0 ? { ceilingMs: transfer.layerMs } : {}),
        onProgress: ({ bytes }) => onProgress(bytes),
        onRetry: (retry) => log.info({ layer: blob.digest, ...retry }, 'download is tried again'),
      });
      options.onFetched?.(fetched);
    },
  };
}
