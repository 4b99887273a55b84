import type { FilesystemUsage } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import type { ImageRpcs } from '../server/rpc-table.js';

/** Space of images and of containers' writable layers; a kubelet refuses to start without used bytes and inodes. */
export const imageFsInfo: ImageRpcs['imageFsInfo'] = async (gateway, _request, call) => {
  const usage = await gateway.puller.imageFsInfo({}, { signal: call.signal, trace: call.trace });
  return {
    imageFilesystems: [filesystem(usage.timestamp, usage.mountpoint, usage.usedBytes, usage.inodesUsed)],
    containerFilesystems: [
      filesystem(usage.timestamp, usage.containerMountpoint, usage.containerUsedBytes, usage.containerInodesUsed),
    ],
  };
};

function filesystem(timestamp: bigint, mountpoint: string, bytes: bigint, inodes: bigint): Init<FilesystemUsage> {
  return { timestamp, fsId: { mountpoint }, usedBytes: { value: bytes }, inodesUsed: { value: inodes } };
}
