import {
  accessSync,
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { createGunzip, gunzipSync } from 'node:zlib';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';
import { readThrough } from './decompressor.js';
import { zstdArguments } from './zstd-limits.js';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Below this a helper's start costs more than it saves. */
const smallBlob = 256 * 1024;
/** Such a blob is decompressed at one go, unless more than this comes of it. */
const smallArchive = 4 * 1024 * 1024;
const chunkSize = 256 * 1024;
/** The buffer of all layers of a thread, created with the first: it is filled and emptied without a pause. */
let buffer: Buffer | undefined;

/**
 * Tells the compression by a blob's first bytes: media types are often wrong, and the diffID
 * settles what is right anyway. Formats that no image tool writes are IMAGE_UNSUPPORTED.
 */
export function detectCompression(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length >= 4) {
    const magic = head.readUInt32LE(0);
    // RFC 8878: a frame, or a skippable frame, which may come first.
    if (magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50) return 'zstd';
  }
  const foreign =
    head.toString('latin1', 0, 3) === 'BZh' ? 'bzip2' : head.toString('latin1', 1, 5) === '7zXZ' ? 'xz' : '';
  if (foreign !== '')
    throw new SlipwayError('IMAGE_UNSUPPORTED', `the layer is compressed with ${foreign}`, {
      hint: 'push it with gzip or zstd layers',
    });
  return 'none';
}

/** The first of these programs that PATH has. */
export function findProgram(name: string): string | undefined {
  for (const directory of (process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin').split(delimiter)) {
    if (directory === '') continue;
    try {
      accessSync(join(directory, name), constants.X_OK);
      return join(directory, name);
    } catch {
      // Not there: the next one.
    }
  }
  return undefined;
}

/**
 * Reads a blob and hands its uncompressed bytes on, in order. gzip may have many members and
 * trailing zeros, zstd many frames and skippable ones. A chunk is valid during its call only.
 * gzip runs in an `igzip` process where Debian's isal is installed, else in this process's zlib;
 * zstd runs in a `zstd` process.
 */
export async function readArchive(blobPath: string, take: (chunk: Buffer) => void): Promise<void> {
  const fd = openSync(blobPath, 'r');
  try {
    const head = Buffer.alloc(16);
    const compression = detectCompression(head.subarray(0, readSync(fd, head, 0, head.length, 0)));
    if (compression === 'none') {
      readAll(fd, take);
    } else if (compression === 'zstd') {
      const zstd = findProgram('zstd');
      if (zstd === undefined) {
        throw new SlipwayError('IMAGE_UNSUPPORTED', 'the layer is compressed with zstd, and no zstd program is here', {
          hint: 'install the Debian package zstd',
        });
      }
      await readThrough(zstd, zstdArguments, fd, (pipe) => readAll(pipe, take));
    } else {
      const small = fstatSync(fd).size <= smallBlob;
      const igzip = small ? undefined : findProgram('igzip');
      if (igzip !== undefined) await readThrough(igzip, ['-d', '-c'], fd, (pipe) => readAll(pipe, take));
      else if (!small || !gunzipAtOnce(blobPath, take)) await gunzip(blobPath, take);
    }
  } finally {
    closeSync(fd);
  }
}

function readAll(fd: number, take: (chunk: Buffer) => void): void {
  buffer ??= Buffer.allocUnsafeSlow(chunkSize);
  for (;;) {
    const length = readSync(fd, buffer, 0, buffer.length, null);
    if (length === 0) return;
    take(buffer.subarray(0, length));
  }
}

/** Streams cost more than a small blob's decompression. False, and nothing was taken, where the archive is too long for it. */
function gunzipAtOnce(blobPath: string, take: (chunk: Buffer) => void): boolean {
  let archive: Buffer;
  try {
    archive = gunzipSync(readFileSync(blobPath), { chunkSize: smallBlob, maxOutputLength: smallArchive });
  } catch (error) {
    if (hasCode(error, 'ERR_BUFFER_TOO_LARGE')) return false;
    throw gunzipError(error);
  }
  take(archive);
  return true;
}

/**
 * Not by stream.pipeline: zlib ends its output at the first zero behind the last member, and a pipeline reports an abort
 * where its source has more zeros then.
 */
async function gunzip(blobPath: string, take: (chunk: Buffer) => void): Promise<void> {
  const source = createReadStream(blobPath, { highWaterMark: chunkSize });
  const chunks = createGunzip({ chunkSize });
  source.on('error', (error) => chunks.destroy(error));
  source.pipe(chunks);
  try {
    for await (const chunk of chunks) take(chunk as Buffer);
  } catch (error) {
    throw gunzipError(error);
  } finally {
    source.destroy();
    chunks.destroy();
  }
}

function gunzipError(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return new SlipwayError('IMAGE_INVALID', `the layer's gzip data is damaged: ${message}`, { cause: error });
}
