import type { ImageFsInfoResponse } from '@slipway/contracts';
import type { Init } from '@slipway/protobuf';
import type { PullerParts } from '../parts.js';

/**
 * Space of images and containers, as `du` counts it. Images: the layer store's own accounting,
 * which reads no layer's tree. Containers: what the last walk over their writable layers found.
 */
export async function imageFsInfo(parts: PullerParts): Promise<Init<ImageFsInfoResponse>> {
  const images = await parts.store.usage();
  const containers = parts.writable.read();
  return {
    timestamp: BigInt(Date.now()) * 1_000_000n,
    mountpoint: parts.layersDirectory,
    usedBytes: BigInt(images.bytes),
    inodesUsed: BigInt(images.inodes),
    containerMountpoint: parts.bundlesDirectory,
    containerUsedBytes: BigInt(containers.bytes),
    containerInodesUsed: BigInt(containers.inodes),
  };
}
