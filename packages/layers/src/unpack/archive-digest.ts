import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SlipwayError } from '@slipway/errors';
import { openPipe, signal as sendSignal, waitChild } from '@slipway/linux';
import { detectCompression, findProgram } from './archive-source.js';
import { startDecompressor } from './decompressor.js';
import { defaultLimits } from '../store/layer-info.js';
import { invalid } from '../tar/tar-header.js';
import { zstdArguments } from './zstd-limits.js';

const pipeBytes = 1 << 20;

/**
 * The diffID of a blob: the digest of the archive in it, without unpacking it. Its bytes go through the caller's event
 * loop, so this is for a blob that has to be compared with a layer that is there already, not for every layer.
 * @throws IMAGE_INVALID when the data is damaged, LIMIT_EXCEEDED, IMAGE_UNSUPPORTED without a zstd program
 */
export async function archiveDigest(blobPath: string, algorithm: string, signal: AbortSignal): Promise<string> {
  const file = await open(blobPath, 'r');
  try {
    const head = Buffer.alloc(16);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const compression = detectCompression(head.subarray(0, bytesRead));
    const hash = createHash(algorithm);
    let bytes = 0;
    const take = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > defaultLimits.maxBytes)
          throw new SlipwayError('LIMIT_EXCEEDED', `the layer unpacks to more than ${defaultLimits.maxBytes} bytes`);
        hash.update(chunk);
      }
    };
    const source = createReadStream('', { fd: file.fd, start: 0, autoClose: false });
    if (compression === 'none') await pipeline(source, take, { signal });
    else if (compression === 'gzip') await pipeline(source, createGunzip({ chunkSize: 1 << 20 }), take, { signal });
    else {
      source.destroy();
      await throughZstd(file.fd, take, signal);
    }
    return `${algorithm}:${hash.digest('hex')}`;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (typeof code === 'string' && code.startsWith('Z_'))
      throw invalid(`the layer's gzip data is damaged: ${message}`);
    throw error;
  } finally {
    await file.close();
  }
}

async function throughZstd(
  fd: number,
  take: (chunks: AsyncIterable<Buffer>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const zstd = findProgram('zstd');
  if (!zstd)
    throw new SlipwayError('IMAGE_UNSUPPORTED', 'the layer is compressed with zstd, and no zstd program is here', {
      hint: 'install the Debian package zstd',
    });
  const pipe = openPipe(pipeBytes);
  const nothing = openSync('/dev/null', 'w');
  let pid: number;
  try {
    pid = await startDecompressor(zstd, zstdArguments, { 0: fd, 1: pipe.write, 2: nothing });
  } catch (error) {
    closeSync(pipe.read);
    throw error;
  } finally {
    closeSync(pipe.write);
    closeSync(nothing);
  }
  let isRunning = true;
  const ended = waitChild(pid).finally(() => {
    isRunning = false;
  });
  try {
    await pipeline(createReadStream('', { fd: pipe.read }), take, { signal });
  } finally {
    if (isRunning) sendSignal(pid, 'SIGKILL');
    await ended;
  }
  const { code } = await ended;
  // Killed after its last byte was read, or ended by itself: both are whole. An error is neither.
  if (code !== 0 && code !== null) throw invalid(`the layer's zstd data is damaged (exit ${code})`);
}
