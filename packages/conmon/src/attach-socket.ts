import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';

/** A unix socket's path ends here (unix(7): 108 bytes with the final NUL). */
const maxSocketPath = 107;
/** 96 bits of the id tell containers apart and leave room for the directory. */
const nameLength = 24;

export function attachName(id: string): string {
  return id.slice(0, nameLength);
}

/** Where clients attach (SOCK_SEQPACKET). Throws INVALID_CONFIG when the directory's path is too long for a socket. */
export function attachSocketPath(socketDir: string, id: string): string {
  const path = join(socketDir, attachName(id), 'attach');
  if (Buffer.byteLength(path) > maxSocketPath) {
    throw new SlipwayError('INVALID_CONFIG', `${path} is longer than the ${maxSocketPath} bytes of a socket's path`, {
      hint: 'choose a shorter state directory',
    });
  }
  return path;
}

/** Removes conmon's link in the socket directory; nothing there is success. */
export async function removeAttachDirectory(socketDir: string, id: string): Promise<void> {
  await rm(join(socketDir, attachName(id)), { recursive: true, force: true });
}
