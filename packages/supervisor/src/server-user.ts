import {
  chmodSync,
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProcessRights } from '@slipway/capabilities';
import { hasCode, type UserIds, userIds } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';

const root: UserIds = { uid: 0, gid: 0 };

/** As whom a private server runs, and whose its directories are. */
export interface ServerUser extends UserIds {
  rights: ProcessRights;
}

/**
 * The user that a private server runs as: its own, or root with no capability but that of entering closed directories,
 * where it has no user on this host or one of `directories` (or of those above) lets no other user in.
 */
export function serverUser(rights: ProcessRights, directories: readonly string[], log: Logger): ServerUser {
  const ids = rights.user && userIds(rights.user);
  const closed = ids && directories.map((path) => closedTo(ids, path)).find((path) => path !== undefined);
  if (ids && closed === undefined) return { ...ids, rights };
  const why = closed === undefined ? 'this host has no such user' : `${closed} is closed to other users`;
  log.warn({ user: rights.user?.name, why }, 'a server runs as root, without capabilities');
  const { user: _, ...rest } = rights;
  return { ...root, rights: { ...rest, capabilities: ['CAP_DAC_READ_SEARCH'] } };
}

/** The first directory on the way to `path`, itself included, that a user may not enter; a missing one is left out. */
function closedTo({ uid }: UserIds, path: string): string | undefined {
  const above = dirname(path);
  const before = above === path ? undefined : closedTo({ uid, gid: 0 }, above);
  if (before !== undefined) return before;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return undefined;
  const bit = stats.uid === uid ? 0o100 : 0o001;
  return (stats.mode & bit) === 0 ? realpathSync(path) : undefined;
}

/**
 * Makes a directory that is a server's own. One of another user, as of an older version that ran the server as root, is
 * given to it with its files, the directory last: a start that was cut short does it again. The server must not run.
 * @param mode of the directory; with the setgid bit its group stays root's, and so is that of sockets in it
 */
export function giveDirectory(directory: string, { uid, gid }: UserIds, mode: number): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const setgid = (mode & 0o2000) !== 0;
  const stats = lstatSync(directory);
  const group = setgid ? 0 : gid;
  if (stats.uid !== uid) giveEntries(directory, { uid, gid });
  if (stats.uid !== uid || stats.gid !== group) lchownSync(directory, uid, group);
  if ((lstatSync(directory).mode & 0o7777) !== mode) chmodSync(directory, mode);
}

/** A server that was taken over may have left links there: only plain files with one name, and directories, change hands. */
function giveEntries(directory: string, ids: UserIds): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (!entry.isDirectory() && !entry.isFile()) continue;
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = openIfThere(path, flags | (entry.isDirectory() ? constants.O_DIRECTORY : 0));
    if (fd === undefined) continue;
    try {
      const stats = fstatSync(fd);
      if (stats.isDirectory()) giveEntries(path, ids);
      if (stats.isDirectory() || (stats.isFile() && stats.nlink === 1)) fchownSync(fd, ids.uid, ids.gid);
    } finally {
      closeSync(fd);
    }
  }
}

function openIfThere(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ELOOP', 'ENOTDIR')) return undefined;
    throw error;
  }
}
