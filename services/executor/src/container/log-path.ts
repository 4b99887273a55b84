import { lstatSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';

/**
 * Refuses a log path at which something else than a file is. A pod that has the log directory as a volume could have
 * conmon, which runs as root, write through a link to any file of the host, or wait for ever at a FIFO.
 * @throws SlipwayError INVALID_REQUEST
 */
export function checkLogPath(path: string): void {
  if (path === '') return;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat || stat.isFile()) return;
  const what = stat.isSymbolicLink() ? 'a symbolic link' : 'no regular file';
  throw new SlipwayError('INVALID_REQUEST', `log_path: ${path} is ${what}`, {
    hint: 'find out who put it there, and remove it',
  });
}
