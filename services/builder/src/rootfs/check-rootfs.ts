import { closeSync, constants, openSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { at, followInRoot, hasCode } from '@slipway/linux';

/** Kernel file systems are mounted there, and runtimes make and remove entries in them by paths from the host's root. */
const mountPoints = ['dev', 'proc', 'sys'];
/** Read by runtimes for HOME and groups, whatever the numbers that config.json holds (runc until 1.2). */
const accounts = ['/etc/passwd', '/etc/group'];

/**
 * Refuses a root file system with which an OCI runtime would leave it, or never come to an end. Nobody else can change
 * it at this time: no container runs in it yet.
 *
 * - /dev, /proc and /sys are ordinary directories, or are not there. runc 1.1 makes and deletes links in `rootfs/dev` by
 *   that path, so that a link there leads it to the host; newer ones refuse links at /proc and /sys.
 * - /etc/passwd and /etc/group are regular files, or are not there: a FIFO is never read to its end, nor is a device.
 *
 * @throws SlipwayError IMAGE_INVALID
 */
export function checkRootfs(rootfs: string): void {
  const root = openSync(rootfs, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const name of mountPoints) {
      const type = at.statAt(root, name)?.type ?? 'directory';
      if (type !== 'directory') throw fault(`/${name}`, type, 'an ordinary directory');
    }
    for (const path of accounts) checkAccounts(root, path);
  } finally {
    closeSync(root);
  }
}

function checkAccounts(root: number, path: string): void {
  let found: ReturnType<typeof followInRoot>;
  try {
    found = followInRoot(root, path);
  } catch (error) {
    // Nobody can open these.
    if (hasCode(error, 'ELOOP', 'ENAMETOOLONG')) return;
    throw error;
  }
  const { type } = found;
  // Files that exist once the container has its mounts: a device, or a descriptor of the runtime.
  if (mountPoints.some((name) => found.path.startsWith(`/${name}/`)))
    throw fault(path, `a link to ${found.path}`, regular);
  // A directory cannot be read, which every runtime notices.
  if (type !== undefined && type !== 'file' && type !== 'directory') throw fault(path, type, regular);
}

const regular = 'a regular file';
const names: Partial<Record<at.StatAt['type'], string>> = {
  file: 'a file',
  symlink: 'a symbolic link',
  char: 'a device',
  block: 'a device',
  fifo: 'a FIFO',
  socket: 'a socket',
};

function fault(path: string, found: string, wanted: string): SlipwayError {
  const what = names[found as at.StatAt['type']] ?? found;
  return new SlipwayError('IMAGE_INVALID', `the image's ${path} is ${what.slice(0, 256)}, not ${wanted}`);
}
