import { closeSync, createReadStream, createWriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SlipwayError } from '@slipway/errors';
import { openMemoryFile, signal as sendSignal, waitChild } from '@slipway/linux';
import { type Compression, findProgram } from './archive-source.js';
import { messageIn, startDecompressor } from './decompressor.js';
import { invalid } from '../tar/tar-header.js';
import { windowFault, zstdArguments } from './zstd-limits.js';

/**
 * Decompresses a file into another, both open and at their beginning. Where a program does it, the
 * bytes never come through this process.
 * @throws IMAGE_INVALID when the data is damaged, LIMIT_EXCEEDED when it takes too much memory, IMAGE_UNSUPPORTED without a zstd program, DISK_FULL, CANCELLED
 */
export async function decompressFile(
  source: FileHandle,
  target: FileHandle,
  compression: Exclude<Compression, 'none'>,
  signal: AbortSignal,
): Promise<void> {
  const program = findProgram(compression === 'gzip' ? 'igzip' : 'zstd');
  if (program) {
    const args = compression === 'gzip' ? ['-d', '-c'] : zstdArguments;
    return throughProgram(program, args, source, target, signal);
  }
  if (compression === 'zstd') {
    throw new SlipwayError('IMAGE_UNSUPPORTED', 'the archive is compressed with zstd, and no zstd program is here', {
      hint: 'install the Debian package zstd',
    });
  }
  try {
    await pipeline(
      createReadStream('', { fd: source.fd, start: 0, autoClose: false }),
      createGunzip({ chunkSize: 1 << 20 }),
      createWriteStream('', { fd: target.fd, start: 0, autoClose: false }),
      { signal },
    );
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (typeof code !== 'string' || !code.startsWith('Z_')) throw error;
    throw invalid(`the archive's gzip data is damaged: ${message}`);
  }
}

async function throughProgram(
  program: string,
  args: readonly string[],
  source: FileHandle,
  target: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const messages = openMemoryFile('decompressor-stderr');
  let said: string;
  let code: number | null;
  try {
    const pid = await startDecompressor(program, args, { 0: source.fd, 1: target.fd, 2: messages });
    const kill = (): void => void sendSignal(pid, 'SIGKILL');
    if (signal.aborted) kill();
    // It runs after the wait has begun and before its end, so that the pid is the child's.
    signal.addEventListener('abort', kill, { once: true });
    ({ code } = await waitChild(pid).finally(() => signal.removeEventListener('abort', kill)));
    said = messageIn(messages);
  } finally {
    closeSync(messages);
  }
  signal.throwIfAborted();
  if (code === 0) return;
  if (/no space left|write error|failed to write/i.test(said)) {
    throw new SlipwayError('DISK_FULL', `no room for the decompressed archive (${program}: ${said.trim()})`);
  }
  const window = windowFault('the archive', said);
  if (window) throw window;
  throw invalid(`the archive's compressed data is damaged (${program}: ${said.trim() || `exit ${code}`})`);
}
