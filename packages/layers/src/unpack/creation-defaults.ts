import { at } from '@slipway/linux';
import type { TarEntry } from '../tar/tar-header.js';
import { defaultAcl } from './xattr-rules.js';

/**
 * Attributes that a new file gets by itself, so that they need not be set again: most files of most layers
 * are root's and have a mode that the umask lets pass (open(2), inode(7)).
 */
export class CreationDefaults {
  /** Bits that open(2) would not set. */
  readonly #maskedMode: number;
  /** False once a directory exists that may hand a group on: by its setgid bit, or on a file system mounted with grpid. */
  #rootOwns: boolean;

  /** `rootFd`: the open layer directory. */
  constructor(rootFd: number) {
    // A default ACL takes the umask's place (acl(5), "Object creation").
    this.#maskedMode = hasDefaultAcl(rootFd) ? 0o7777 : process.umask() | 0o7000;
    const root = at.statAt(rootFd, '.');
    this.#rootOwns = process.geteuid?.() === 0 && process.getegid?.() === 0 && root?.gid === 0 && !setgid(root.mode);
  }

  /** Notes a directory of the archive. */
  directory(entry: TarEntry): void {
    if (entry.gid !== 0 || setgid(entry.mode)) this.#rootOwns = false;
  }

  /** Whether a new file has the entry's owner already. */
  keepOwner(entry: TarEntry): boolean {
    return this.#rootOwns && entry.uid === 0 && entry.gid === 0;
  }

  /** Whether a file that is created with `mode` has it. */
  keepMode(mode: number): boolean {
    return (mode & this.#maskedMode) === 0;
  }
}

function setgid(mode: number): boolean {
  return (mode & 0o2000) !== 0;
}

function hasDefaultAcl(fd: number): boolean {
  try {
    return at.getXattrFd(fd, defaultAcl) !== undefined;
  } catch {
    // The file system has no ACLs.
    return false;
  }
}
