import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SlipwayError } from '@slipway/errors';
import { type Compression, findProgram } from './archive-source.js';
import { decompressor } from './decompressor.js';
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
  const [command, ...words] = decompressor(program, args);
  const child = spawn(command, words, { env: {}, stdio: [source.fd, target.fd, 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => {
    if (said.length < 1000) said += data.toString('latin1');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => signal.removeEventListener('abort', kill));
  signal.throwIfAborted();
  if (code === 0) return;
  if (/no space left|write error|failed to write/i.test(said)) {
    throw new SlipwayError('DISK_FULL', `no room for the decompressed archive (${program}: ${said.trim()})`);
  }
  const window = windowFault('the archive', said);
  if (window) throw window;
  throw invalid(`the archive's compressed data is damaged (${program}: ${said.trim() || `exit ${code}`})`);
}
