import { randomUUID } from 'node:crypto';
import { createWriteStream, fstatSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Settings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { endSignals } from './interruptible.js';

/** A file that the puller on this node can open. */
export interface HandedOver {
  readonly path: string;
  close(): void;
}

/**
 * Makes a file, or what comes on standard input, a path for the puller: bytes of this size never ride on the bus. The
 * puller has fewer capabilities than this process and so may not open its descriptors (proc(5), PTRACE_MODE_READ): a file on
 * standard input is named by its path, anything else is copied to a file below `root`, which `close` and the signals that
 * end a command delete. The puller deletes what a killed command left.
 */
export async function handOver(file: string | undefined, { root }: Pick<Settings, 'root'>): Promise<HandedOver> {
  if (file !== undefined && file !== '-') return { path: resolve(file), close: () => undefined };
  if (process.stdin.isTTY) {
    throw new SlipwayError('INVALID_REQUEST', 'there is no archive: standard input is a terminal', {
      hint: 'give the file with --input, or pipe one: docker save busybox | slipway image load',
    });
  }
  const named = pathOfInput();
  if (named !== undefined) return { path: named, close: () => undefined };
  const { handedOverPrefix } = await import('@slipway/contracts');
  const directory = join(root, 'downloads');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${handedOverPrefix}${randomUUID()}`);
  const close = (): void => {
    for (const name of endSignals) process.off(name, end);
    rmSync(path, { force: true });
  };
  const end = (name: (typeof endSignals)[number]): void => {
    close();
    process.exit(128 + constants.signals[name]);
  };
  for (const name of endSignals) process.on(name, end);
  try {
    await pipeline(process.stdin, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch (cause) {
    close();
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOSPC') throw cause;
    throw new SlipwayError('DISK_FULL', `no room in ${directory} for the archive: ${message}`, { cause });
  }
  return { path, close };
}

/** The path of the regular file on standard input; undefined for anything else, and where the path is no longer that file's. */
function pathOfInput(): string | undefined {
  const input = fstatSync(0, { bigint: true });
  if (!input.isFile()) return undefined;
  const path = readlinkSync('/proc/self/fd/0');
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  return there?.dev === input.dev && there.ino === input.ino ? path : undefined;
}
