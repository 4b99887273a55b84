import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, statSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { readArchive } from './archive-source.js';
import { digestAlgorithm, parseDigest } from '@slipway/digest';
import { type ExtractResult, LayerExtractor } from './extract.js';
import type { LayerLimits } from '../store/layer-info.js';
import { measureTree, type TreeSize } from '../store/measure.js';
import { TarReader } from '../tar/tar-reader.js';

/** Ratios are asked only past this many uncompressed bytes. */
const ratioFloor = 2 ** 30;

export interface UnpackArchiveRequest {
  readonly blobPath: string;
  /** An existing empty directory. */
  readonly directory: string;
  readonly diffID: string;
  readonly limits: LayerLimits;
}

export interface UnpackedArchive extends Omit<ExtractResult, 'size'>, TreeSize {
  /** Length of the uncompressed archive in bytes. */
  readonly archiveSize: number;
  readonly entries: number;
}

/**
 * Unpacks one blob into a directory and compares the diffID on the way. Synchronous calls do
 * the work: this is for a thread of its own. Whatever it throws, the directory is to be thrown away.
 */
export async function unpackArchive(
  request: UnpackArchiveRequest,
  progress: (archiveBytes: number, entries: number) => void,
  /** Called between two chunks, and from time to time at the end; what it throws ends the work. */
  checkStop: () => void = () => undefined,
): Promise<UnpackedArchive> {
  const { limits } = request;
  const algorithm = digestAlgorithm(parseDigest(request.diffID, 'IMAGE_INVALID'));
  const most = byteLimit(statSync(request.blobPath).size, limits);
  const rootFd = openSync(request.directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const extractor = new LayerExtractor(rootFd, limits);
  try {
    const reader = new TarReader(extractor, limits);
    const hash = createHash(algorithm);
    let archiveSize = 0;
    await readArchive(request.blobPath, (chunk) => {
      checkStop();
      archiveSize += chunk.length;
      if (archiveSize > most.bytes) {
        throw new SlipwayError(
          'LIMIT_EXCEEDED',
          `the layer unpacks to more than ${most.bytes} bytes (limit ${most.name})`,
        );
      }
      hash.update(chunk);
      reader.push(chunk);
      progress(archiveSize, reader.entries);
    });
    const found = `${algorithm}:${hash.digest('hex')}`;
    if (found !== request.diffID) {
      throw new SlipwayError('DIGEST_MISMATCH', `the unpacked layer is ${found}, not ${request.diffID}`, {
        hint: 'the layer is not the one that the image configuration names: build or push the image again',
      });
    }
    reader.end();
    const { size, ...result } = extractor.finish(checkStop);
    return { ...result, ...(size ?? measureTree(rootFd, checkStop)), archiveSize, entries: reader.entries };
  } finally {
    extractor.close();
    closeSync(rootFd);
  }
}

function byteLimit(blobSize: number, limits: LayerLimits): { bytes: number; name: keyof LayerLimits } {
  const byRatio = Math.max(ratioFloor, blobSize * limits.maxRatio);
  return byRatio < limits.maxBytes
    ? { bytes: byRatio, name: 'maxRatio' }
    : { bytes: limits.maxBytes, name: 'maxBytes' };
}
