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
import {
  type DirectoryName,
  type DirectoryRights,
  directoryRights,
  type ProcessKind,
  type ProcessRights,
  processRights,
} from '@slipway/capabilities';
import type { Settings } from '@slipway/config';
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
 * Makes a directory of the table, for `owner`. One of another user, as of an older version that ran a server as root, is
 * given to the owner with its files, the directory last: a start that was cut short does it again. The owner must not run then.
 * @param settings with the directories that the table's are below
 */
export function makeDirectory(
  name: DirectoryName,
  settings: Pick<Settings, 'root' | 'state'>,
  owner: UserIds = root,
): string {
  const { base, path, group, mode }: DirectoryRights = directoryRights[name];
  const directory = join(settings[base], path);
  giveDirectory(directory, { uid: owner.uid, gid: groupOf(group, owner) }, mode);
  return directory;
}

/** The group of a directory: that of its owner, as which a server runs that has no user of its own, or another process's. */
function groupOf(group: ProcessKind | undefined, owner: UserIds): number {
  const { user } = group ? processRights[group] : {};
  if (!user) return 0;
  return group === 'gateway' ? (userIds(user)?.gid ?? 0) : owner.gid;
}

/** Makes a directory that has an owner, a group and a mode, and gives away what is in one of another owner. */
export function giveDirectory(directory: string, { uid, gid }: UserIds, mode: number): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stats = lstatSync(directory);
  if (stats.uid !== uid) giveEntries(directory, { uid, gid });
  if (stats.uid !== uid || stats.gid !== gid) lchownSync(directory, uid, gid);
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
