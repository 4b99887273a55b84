import { closeSync, constants, openSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import type { ContainerRecord } from '@slipway/contracts';
import { followInRoot, hasCode } from '@slipway/linux';

/** Files that runc opens in a container at each exec, for HOME and groups, whatever numbers it is given (until 1.4 at least). */
const files = ['/etc/passwd', '/etc/group'];

/**
 * Refuses an exec on which runc would never come to an end, because its container has replaced one of these files by
 * something that is never read to its end: a FIFO, a device, a socket. Looks at the files as the container sees them,
 * and opens none. An exec in a container that swaps them in this very moment hangs, and is ended by
 * the limit for the start of a command (exec-scope.ts).
 * @throws SlipwayError CONTAINER_STATE that names the file
 */
export function checkAccountFiles({ id, pid }: Pick<ContainerRecord, 'id' | 'pid'>): void {
  let root: number;
  try {
    root = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    // It has just ended, which the runtime will say.
    return;
  }
  try {
    for (const file of files) {
      const type = typeOf(root, file);
      if (type === undefined || type === 'file' || type === 'directory') continue;
      throw new SlipwayError('CONTAINER_STATE', `its ${file} is no regular file (${type}): runc would wait for it`, {
        object: `container ${id}`,
        hint: `the container has replaced ${file}: restart it, or run the pod with crun`,
      });
    }
  } finally {
    closeSync(root);
  }
}

function typeOf(root: number, file: string): string | undefined {
  try {
    return followInRoot(root, file).type;
  } catch (error) {
    // Nobody can open these.
    if (hasCode(error, 'ELOOP', 'ENAMETOOLONG', 'ENOTDIR', 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}
