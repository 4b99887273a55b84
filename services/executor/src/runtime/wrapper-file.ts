import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';

/**
 * Writes a program that replaces a handler's runtime, and returns its path: below `root`, because a state directory
 * below /run cannot hold programs on hosts that mount /run without execution. Its name has a digest of its text:
 * executors of one handler that run different binaries, or one binary differently, need different ones, and one that
 * runs is never changed. Throws INVALID_CONFIG where `root` is mounted without execution.
 */
export async function writeWrapper(settings: Pick<Settings, 'root'>, handler: string, text: string): Promise<string> {
  const directory = join(settings.root, 'wrappers');
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const path = join(directory, `${handler}-${digest}`);
  if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    await mkdir(directory, { recursive: true, mode: 0o711 });
    const temporary = `${path}.${process.pid}`;
    await writeFile(temporary, text, { mode: 0o755 });
    await rename(temporary, path);
  }
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    if (!hasCode(cause, 'EACCES')) throw cause;
    throw new SlipwayError('INVALID_CONFIG', `${path}, through which ${handler} is run, cannot be executed`, {
      cause,
      hint: `mount the file system of ${settings.root} without noexec, or set root to a directory elsewhere`,
    });
  }
  return path;
}
