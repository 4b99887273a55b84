import { randomUUID } from 'node:crypto';
import { createWriteStream, fstatSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Settings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';

/** A file that the puller on this node can open. */
export interface HandedOver {
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Makes a file, or what comes on standard input, a path for the puller: bytes of this size never ride on the bus.
 * Standard input is handed over as this process's descriptor, so that nothing can be left behind: a file as it is, a
 * pipe through a file without a name below `root`.
 */
export async function handOver(file: string | undefined, { root }: Pick<Settings, 'root'>): Promise<HandedOver> {
  if (file !== undefined && file !== '-') return { path: resolve(file), close: () => Promise.resolve() };
  if (process.stdin.isTTY) {
    throw new SlipwayError('INVALID_REQUEST', 'there is no archive: standard input is a terminal', {
      hint: 'give the file with --input, or pipe one: docker save busybox | slipway image load',
    });
  }
  if (fstatSync(0).isFile()) return { path: `/proc/${process.pid}/fd/0`, close: () => Promise.resolve() };
  const directory = join(root, 'downloads');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `load-${randomUUID()}`);
  const handle = await open(path, 'wx+', 0o600);
  await rm(path);
  try {
    await pipeline(process.stdin, createWriteStream('', { fd: handle.fd, autoClose: false }));
  } catch (cause) {
    await handle.close();
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOSPC') throw cause;
    throw new SlipwayError('DISK_FULL', `no room in ${directory} for the archive: ${message}`, { cause });
  }
  return { path: `/proc/${process.pid}/fd/${handle.fd}`, close: () => handle.close() };
}
