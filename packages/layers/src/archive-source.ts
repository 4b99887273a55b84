import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { SlipwayError } from '@slipway/errors';
import { openPipe } from '@slipway/linux';
import { invalid } from './tar-header.js';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Below this a helper's start costs more than it saves. */
const smallBlob = 256 * 1024;
const chunkSize = 1 << 20;
/** The longest time that reading goes on before the event loop gets a turn. */
const turnMs = 50;

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
      await readAll(fd, take);
    } else if (compression === 'zstd') {
      const zstd = findProgram('zstd');
      if (zstd === undefined) {
        throw new SlipwayError('IMAGE_UNSUPPORTED', 'the layer is compressed with zstd, and no zstd program is here', {
          hint: 'install the Debian package zstd',
        });
      }
      await readThrough(zstd, ['-d', '-c', '-q', '--no-progress', '--memory=512MB'], fd, take);
    } else {
      const igzip = fstatSync(fd).size > smallBlob ? findProgram('igzip') : undefined;
      if (igzip === undefined) await gunzip(blobPath, take);
      else await readThrough(igzip, ['-d', '-c'], fd, take);
    }
  } finally {
    closeSync(fd);
  }
}

async function readAll(fd: number, take: (chunk: Buffer) => void): Promise<void> {
  const buffer = Buffer.allocUnsafe(chunkSize);
  let turn = performance.now();
  for (;;) {
    const length = readSync(fd, buffer, 0, buffer.length, null);
    if (length === 0) return;
    take(buffer.subarray(0, length));
    if (performance.now() - turn > turnMs) {
      await setImmediate();
      turn = performance.now();
    }
  }
}

async function gunzip(blobPath: string, take: (chunk: Buffer) => void): Promise<void> {
  let refused: { readonly error: unknown } | undefined;
  try {
    await pipeline(
      createReadStream(blobPath, { highWaterMark: chunkSize }),
      createGunzip({ chunkSize }),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          try {
            take(chunk);
          } catch (error) {
            refused = { error };
            throw error;
          }
        }
      },
    );
  } catch (error) {
    // A pipeline whose reader throws may tell of the streams that it aborted then, and not of the reason.
    if (refused) throw refused.error;
    const code = (error as { code?: unknown }).code;
    if (typeof code === 'string' && code.startsWith('Z_')) {
      throw new SlipwayError('IMAGE_INVALID', `the layer's gzip data is damaged: ${(error as Error).message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** Runs a decompressor from the blob to a pipe that is read here with plain blocking reads. */
async function readThrough(
  program: string,
  args: string[],
  blob: number,
  take: (chunk: Buffer) => void,
): Promise<void> {
  const pipe = openPipe(chunkSize);
  let child: ReturnType<typeof spawn>;
  try {
    child = spawn(program, args, { stdio: [blob, pipe.write, 'pipe'] });
  } catch (error) {
    closeSync(pipe.read);
    throw error;
  } finally {
    closeSync(pipe.write);
  }
  let message = '';
  child.stderr?.on('data', (data: Buffer) => {
    if (message.length < 1000) message += data.toString('latin1');
  });
  const ended = new Promise<SlipwayError | undefined>((resolve) => {
    child.once('error', (error) => resolve(failed(`${program} does not start: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (signal !== null) resolve(failed(`${program} was killed by ${signal}`));
      else if (code === 0) resolve(undefined);
      else resolve(invalid(`the layer's compressed data is damaged (${program}: ${message.trim() || `exit ${code}`})`));
    });
  });
  try {
    await readAll(pipe.read, take);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    // A reader that is gone ends the decompressor, which frees the event loop of it.
    closeSync(pipe.read);
    await ended;
  }
  const fault = await ended;
  if (fault !== undefined) throw fault;
}

/** The machine's fault, not the layer's. */
function failed(message: string): SlipwayError {
  return new SlipwayError('INTERNAL', message, {
    hint: 'look for the kernel ending processes for want of memory (dmesg); the pull can be repeated',
  });
}
