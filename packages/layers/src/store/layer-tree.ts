import { closeSync, readdirSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { at, hasCode } from '@slipway/linux';
import type { LayerLimits } from './layer-info.js';
import { invalid, printable, type TimeSpec } from '../tar/tar-header.js';

const S_IFCHR = 0o020000;
const opaqueXattr = 'trusted.overlay.opaque';
/** Open directories kept at hand; an archive mostly stays in one directory for many entries. */
const maxOpen = 128;
/** As the kernel's own bound on links in one path (path_resolution(7)). */
const maxLinks = 40;

/** Attributes that can be set at a directory only when all its entries exist. */
export interface LateAttributes {
  readonly mtime: TimeSpec;
  /** The value of system.posix_acl_default. */
  readonly defaultAcl?: Buffer | undefined;
}

export interface Directory {
  readonly fd: number;
  /** Its path in the layer with all links resolved; '' is the root. */
  readonly path: string;
}

/**
 * A layer's directory while it is filled. Every access goes through an open directory that
 * openat2(2) resolved with the layer as root, and then names one component without following
 * it: whatever links the archive made, nothing outside can be reached.
 */
export class LayerTree {
  readonly root: Directory;
  readonly #open = new Map<string, Directory>();
  readonly #directories = new Map<string, LateAttributes | undefined>();
  /** Bytes of their paths and of what is kept for them. */
  #directoryBytes = 0;
  #removed = false;
  readonly #rootPath: string;
  readonly #maxDepth: number;
  readonly #maxPath: number;
  readonly #maxDirectoryBytes: number;

  constructor(rootFd: number, limits: Pick<LayerLimits, 'maxDepth' | 'maxPath' | 'maxDirectoryBytes'>) {
    this.root = { fd: rootFd, path: '' };
    this.#rootPath = procPath(rootFd);
    this.#maxDepth = limits.maxDepth;
    this.#maxPath = limits.maxPath;
    this.#maxDirectoryBytes = limits.maxDirectoryBytes;
  }

  /**
   * All directories that the tree holds below its root, by their paths, each with what its entry in the
   * archive asks for at the end; undefined for one that was made only because something lies in it.
   */
  get directories(): ReadonlyMap<string, LateAttributes | undefined> {
    return this.#directories;
  }

  /** Whether anything that was made was removed again. */
  get removed(): boolean {
    return this.#removed;
  }

  /** Says that the archive has an entry for a directory. */
  explicit({ path }: Directory, late: LateAttributes): void {
    this.#directories.set(path, late);
    this.#keepBytes(late.defaultAcl?.length ?? 0);
  }

  /** Everything that is kept until the end is paid for: a path of 3 KB costs an archive next to nothing. */
  #keepBytes(count: number): void {
    this.#directoryBytes += count;
    if (this.#directoryBytes > this.#maxDirectoryBytes)
      throw new SlipwayError(
        'LIMIT_EXCEEDED',
        `the paths of the layer's directories have more than ${this.#maxDirectoryBytes} bytes (limit maxDirectoryBytes)`,
      );
  }

  /**
   * The directory at `path`, links followed within the layer; missing ones are made, 0755 and
   * root's. The descriptor is the tree's and valid until the next two calls of this.
   */
  directory(path: string): Directory {
    return this.find(path) ?? this.#make(path);
  }

  /** As directory(), but undefined where there is none. */
  find(path: string): Directory | undefined {
    if (path === '') return this.root;
    const known = this.#open.get(path);
    if (known) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const near = this.#findBelow(path);
    if (near) return this.#keep(path, near);
    let fd: number;
    try {
      fd = at.openDirectoryInRoot(this.root.fd, path);
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
      if (hasCode(error, 'ELOOP')) throw invalid(`${printable(path)} leads through a loop of symbolic links`);
      throw error;
    }
    let directory: Directory;
    try {
      directory = { fd, path: this.#pathOf(fd, path) };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return this.#keep(path, directory);
  }

  /**
   * A directory whose parent is open needs no walk from the root: its one name is opened without
   * following it, so where it lies is known too. Undefined where that does not do, for example at a link.
   */
  #findBelow(path: string): Directory | undefined {
    const cut = path.lastIndexOf('/');
    const parent = cut < 0 ? this.root : this.#open.get(path.slice(0, cut));
    const base = path.slice(cut + 1);
    if (!parent || base === '' || base === '.' || base === '..') return undefined;
    const fd = at.findDirectoryAt(parent.fd, base);
    return fd === undefined ? undefined : this.#below(parent, base, fd);
  }

  /** The type of `fd`, which was opened as `base` of `parent` without following a link. */
  #below(parent: Directory, base: string, fd: number): Directory {
    const path = parent.path === '' ? base : `${parent.path}/${base}`;
    try {
      this.#checkDepth(path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return { fd, path };
  }

  #keep(path: string, directory: Directory): Directory {
    if (this.#open.size >= maxOpen) {
      const [oldest] = this.#open;
      if (oldest) {
        closeSync(oldest[1].fd);
        this.#open.delete(oldest[0]);
      }
    }
    this.#open.set(path, directory);
    return directory;
  }

  /** Removes what is at `base`, a directory with everything in it. */
  remove(parent: Directory, base: string, type: at.StatAt['type']): void {
    this.#removed = true;
    if (type === 'directory') {
      this.#empty(parent, base);
      this.#forget();
    } else {
      at.unlinkAt(parent.fd, base);
      // Cached paths may have led through this link.
      if (type === 'symlink') this.#forget();
    }
  }

  /** Marks a directory so that overlay shows nothing of it from lower layers. */
  setOpaque(directory: Directory): void {
    try {
      at.setXattrFd(directory.fd, opaqueXattr, Buffer.from('y'));
    } catch (error) {
      if (!hasCode(error, 'ENOTSUP', 'EOPNOTSUPP', 'EPERM')) throw error;
      throw new SlipwayError('UNSUPPORTED', `the layer store's file system refuses ${opaqueXattr}`, {
        hint: 'put the store on a file system with trusted extended attributes (ext4, xfs, btrfs, tmpfs), as root',
        cause: error,
      });
    }
  }

  makeWhiteout(parent: Directory, base: string): void {
    at.mknodAt(parent.fd, base, S_IFCHR, 0, 0);
  }

  /** Makes a directory, whose owner the caller sets, and its mode past the umask; undefined where the name is taken. */
  tryMakeDirectory(parent: Directory, base: string, mode = 0o755): Directory | undefined {
    if (!at.tryMkdirAt(parent.fd, base, mode)) return undefined;
    const made = this.#below(parent, base, at.openDirectoryAt(parent.fd, base));
    this.#keepBytes(made.path.length);
    this.#directories.set(made.path, undefined);
    const former = this.#open.get(made.path);
    if (former) closeSync(former.fd);
    return this.#keep(made.path, made);
  }

  /** As tryMakeDirectory() where nothing is in the way. `opaque`: a whiteout was, and the lower layers' one stays hidden. */
  makeDirectory(parent: Directory, base: string, opaque: boolean): Directory {
    const made = this.tryMakeDirectory(parent, base);
    if (!made) throw invalid(`${printable(base)} changed while it was unpacked`);
    if (opaque) this.setOpaque(made);
    return made;
  }

  close(): void {
    this.#forget();
  }

  /** Walks as the kernel would with the layer as root, making what is missing. */
  #make(path: string): Directory {
    const queue = path.split('/');
    let current: Directory = this.root;
    let links = 0;
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        current = this.#canonical(current.path.split('/').slice(0, -1).join('/'));
        continue;
      }
      const stat = at.statAt(current.fd, name);
      if (stat?.type === 'symlink') {
        if (++links > maxLinks) throw invalid(`${printable(path)} leads through a loop of symbolic links`);
        const target = at.readlinkAt(current.fd, name);
        if (target.startsWith('/')) current = this.root;
        queue.unshift(...target.split('/'));
        continue;
      }
      const next = current.path === '' ? name : `${current.path}/${name}`;
      if (stat?.type === 'directory') {
        current = this.#canonical(next);
        continue;
      }
      if (stat && !isWhiteout(stat)) throw invalid(`${printable(path)}: ${printable(next)} is no directory`);
      if (stat) this.remove(current, name, stat.type);
      this.#checkDepth(next);
      current = this.makeDirectory(current, name, stat !== undefined);
      at.chownFd(current.fd, 0, 0);
      at.chmodFd(current.fd, 0o755);
    }
    return current;
  }

  #canonical(path: string): Directory {
    const directory = this.find(path);
    if (!directory) throw invalid(`${printable(path)} is no directory`);
    return directory;
  }

  /** Where an open directory really lies; refuses what links made deeper than any tool could remove. */
  #pathOf(fd: number, asked: string): string {
    const absolute = procPath(fd);
    if (!absolute.startsWith(`${this.#rootPath}/`)) {
      if (absolute === this.#rootPath) return '';
      throw invalid(`${printable(asked)} leads out of the layer`);
    }
    const path = absolute.slice(this.#rootPath.length + 1);
    this.#checkDepth(path);
    return path;
  }

  #checkDepth(path: string): void {
    if (path.length > this.#maxPath || path.split('/').length > this.#maxDepth) {
      throw new SlipwayError('LIMIT_EXCEEDED', `${printable(path)} is too deep (limits maxPath and maxDepth)`);
    }
  }

  #empty(parent: Directory, base: string): void {
    const fd = at.openDirectoryAt(parent.fd, base);
    const directory = { fd, path: parent.path === '' ? base : `${parent.path}/${base}` };
    this.#directories.delete(directory.path);
    try {
      for (const name of namesIn(fd)) {
        if (at.statAt(fd, name)?.type === 'directory') this.#empty(directory, name);
        else at.unlinkAt(fd, name);
      }
    } finally {
      closeSync(fd);
    }
    at.unlinkAt(parent.fd, base, at.AT_REMOVEDIR);
  }

  #forget(): void {
    for (const { fd } of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }
}

/** Overlay's own form of a whiteout (kernel, filesystems/overlayfs.rst, "whiteouts and opaque directories"). */
export function isWhiteout(stat: at.StatAt): boolean {
  return stat.type === 'char' && stat.major === 0 && stat.minor === 0;
}

/** The names in an open directory as byte strings. */
export function namesIn(fd: number): string[] {
  return readdirSync(`/proc/self/fd/${fd}`, { encoding: 'latin1' });
}

function procPath(fd: number): string {
  try {
    return at.readlinkAt(-100, `/proc/self/fd/${fd}`);
  } catch (error) {
    if (hasCode(error, 'ENAMETOOLONG')) throw new SlipwayError('LIMIT_EXCEEDED', 'a directory lies too deep');
    throw error;
  }
}
