import { closeSync, constants, ftruncateSync, writeSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { at, hasCode } from '@slipway/linux';
import { cleanPath, parseEntryName } from '../tar/entry-name.js';
import { defaultLimits, type LayerLimits } from '../store/layer-info.js';
import type { TreeSize } from '../store/measure.js';
import { type Directory, isWhiteout, type LateAttributes, LayerTree } from '../store/layer-tree.js';
import { invalid, printable, type TarEntry } from '../tar/tar-header.js';
import type { TarSink } from '../tar/tar-reader.js';
import { CreationDefaults } from './creation-defaults.js';
import { applyXattrs, defaultAcl, keptXattrs } from './xattr-rules.js';

const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const S_IFIFO = 0o010000;
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

export interface ExtractResult {
  readonly opaqueRoot: boolean;
  /** See LayerInfo.impliedDirectories. */
  readonly impliedDirectories: string[];
  /** Names of extended attributes that the file system would not take. */
  readonly droppedXattrs: string[];
  /** The size of the tree; undefined where it has to be measured, because some entries were removed again. */
  readonly size: TreeSize | undefined;
}

/**
 * Puts an archive's entries into a directory in overlay form: whiteouts become character
 * devices 0:0, opaque marks the xattr trusted.overlay.opaque. All calls are synchronous. A later
 * entry replaces an earlier one of the same name; a directory over a directory only renews its
 * attributes. Whiteouts hide lower layers only, never entries of this archive, in
 * whichever order they come (OCI image spec, layer.md, "Whiteouts").
 */
export class LayerExtractor implements TarSink {
  readonly #tree: LayerTree;
  readonly #limits: LayerLimits;
  readonly #dropped = new Set<string>();
  #rootEntry: TarEntry | undefined;
  #opaqueRoot = false;
  #fd = -1;
  /** The directory that the open file lies in, and its name there. */
  #home: Directory | undefined;
  #base = '';
  #entry: TarEntry | undefined;
  /** Where the next byte of a file without holes goes: plain write(2) keeps it. */
  #position = 0;
  readonly #defaults: CreationDefaults;
  /** The size of everything created so far except directories, which grow. */
  #bytes = 0;
  #inodes = 0;

  /** `rootFd`: the open layer directory; it stays the caller's. */
  constructor(rootFd: number, limits: Partial<LayerLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#tree = new LayerTree(rootFd, this.#limits);
    this.#defaults = new CreationDefaults(rootFd);
  }

  entry(entry: TarEntry): void {
    this.#entry = entry;
    this.#guard(() => this.#apply(entry));
  }

  data(chunk: Buffer, offset: number): void {
    if (this.#fd < 0) return;
    this.#guard(() => {
      let done = 0;
      while (done < chunk.length) {
        const position = offset + done === this.#position ? null : offset + done;
        const written = writeSync(this.#fd, chunk, done, chunk.length - done, position);
        done += written;
        if (position === null) this.#position += written;
      }
    });
  }

  entryEnd(): void {
    if (this.#fd < 0) return;
    const entry = this.#entry as TarEntry;
    this.#guard(() => {
      this.#attributes(this.#fd, entry, true);
      at.utimensFd(this.#fd, entry.mtime.seconds, entry.mtime.nanoseconds);
    });
    closeSync(this.#fd);
    this.#fd = -1;
    // The file is closed first, because a file system may then release what it had reserved. An empty file has no blocks.
    if (this.#home && (entry.size > 0 || entry.xattrs.size > 0)) this.#count(this.#home.fd, this.#base);
    else this.#inodes++;
  }

  /** Sets what had to wait: directories' times. `checkStop` is called for each and may throw. */
  finish(checkStop: () => void = () => undefined): ExtractResult {
    this.#entry = undefined;
    const implied: string[] = [];
    let impliedBytes = 0;
    this.#guard(() => {
      for (const [path, late] of this.#tree.directories) {
        checkStop();
        const cut = path.lastIndexOf('/');
        const parent = this.#tree.find(cut < 0 ? '' : path.slice(0, cut));
        if (!parent) throw invalid(`${printable(path)} changed while it was unpacked`);
        const base = path.slice(cut + 1);
        if (late) this.#lateAttributes(parent, base, late);
        else {
          implied.push(path);
          impliedBytes += path.length;
        }
        if (impliedBytes > this.#limits.maxImpliedBytes)
          throw new SlipwayError(
            'LIMIT_EXCEEDED',
            `the directories that the layer uses and has no entry for have paths of more than ${this.#limits.maxImpliedBytes} bytes (limit maxImpliedBytes)`,
          );
        this.#count(parent.fd, base);
      }
      if (this.#rootEntry) {
        this.#attributes(this.#tree.root.fd, this.#rootEntry);
        this.#lateAttributes(this.#tree.root, '.', lateOf(this.#rootEntry));
      }
      this.#count(this.#tree.root.fd, '.');
    });
    this.close();
    return {
      opaqueRoot: this.#opaqueRoot,
      impliedDirectories: implied.sort(),
      droppedXattrs: [...this.#dropped].sort(),
      size: this.#tree.removed ? undefined : { bytes: this.#bytes, inodes: this.#inodes },
    };
  }

  #count(fd: number, base: string): void {
    this.#bytes += at.blocksAt(fd, base) * 512;
    this.#inodes++;
  }

  /** Closes what is open; after a failure too. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#tree.close();
  }

  #apply(entry: TarEntry): void {
    const name = parseEntryName(entry.path, this.#limits.maxDepth);
    switch (name.kind) {
      case 'metadata':
        return;
      case 'root':
        if (entry.type !== 'directory') throw invalid(`${printable(entry.path)} would replace the layer's root`);
        this.#rootEntry = entry;
        return;
      case 'opaque': {
        const directory = this.#tree.directory(name.parent);
        if (directory.path === '') this.#opaqueRoot = true;
        else this.#tree.setOpaque(directory);
        return;
      }
      case 'whiteout':
        this.#whiteout(this.#tree.directory(name.parent), name.base);
        return;
      case 'plain':
        this.#plain(entry, this.#tree.directory(name.parent), name.base);
    }
  }

  #whiteout(parent: Directory, base: string): void {
    const stat = at.statAt(parent.fd, base);
    if (!stat) {
      this.#tree.makeWhiteout(parent, base);
      this.#inodes++;
    } else if (stat.type === 'directory') this.#tree.setOpaque(this.#child(parent, base));
    // Anything else of this layer covers the lower layers' one by itself.
  }

  #plain(entry: TarEntry, parent: Directory, base: string): void {
    switch (entry.type) {
      case 'directory':
        this.#directory(entry, parent, base);
        return;
      case 'hardlink':
        this.#hardlink(entry, parent, base);
        return;
      case 'file':
        this.#base = base;
        this.#home = this.#create(entry, parent, base, (fd) => {
          this.#fd = at.openAt(fd, base, createFlags, this.#defaults.keepMode(entry.mode) ? entry.mode : 0o600);
        });
        this.#position = 0;
        if (entry.sparse) ftruncateSync(this.#fd, entry.size);
        return;
      case 'symlink':
      case 'char':
      case 'block':
      case 'fifo':
        this.#node(entry, parent, base);
    }
  }

  /** Creates an entry that has a name and attributes but no content. */
  #node(entry: TarEntry, parent: Directory, base: string): void {
    // The kernel keeps 12 bits of the major and 20 of the minor number.
    const [major, minor] = [entry.devMajor, entry.devMinor];
    if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff) {
      throw invalid(`${printable(entry.path)} has the impossible device number ${major}:${minor}`);
    }
    const type = entry.type === 'char' ? S_IFCHR : entry.type === 'block' ? S_IFBLK : S_IFIFO;
    const { fd } = this.#create(entry, parent, base, (home) => {
      if (entry.type === 'symlink') at.symlinkAt(entry.linkPath, home, base);
      else at.mknodAt(home, base, type | 0o600, major, minor);
    });
    at.chownAt(fd, base, entry.uid, entry.gid);
    if (entry.type !== 'symlink') at.chmodAt(fd, base, entry.mode);
    const set = (key: string, value: Buffer): void => at.setXattrAt(fd, base, key, value);
    applyXattrs(keptXattrs(entry), set, entry, this.#dropped);
    at.utimensAt(fd, base, entry.mtime.seconds, entry.mtime.nanoseconds);
    this.#count(fd, base);
  }

  /** Runs `make` after it has removed an earlier entry of the archive of that name. Returns the parent directory. */
  #create(entry: TarEntry, parent: Directory, base: string, make: (fd: number) => void): Directory {
    try {
      make(parent.fd);
      return parent;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const stat = at.statAt(parent.fd, base);
    if (!stat) throw invalid(`${printable(entry.path)} changed while it was unpacked`);
    this.#tree.remove(parent, base, stat.type);
    // Removing may have closed the parent's descriptor.
    const home = this.#tree.directory(parent.path);
    make(home.fd);
    return home;
  }

  #directory(entry: TarEntry, parent: Directory, base: string): void {
    const mode = this.#defaults.keepMode(entry.mode) ? entry.mode : 0o700;
    const made = this.#tree.tryMakeDirectory(parent, base, mode);
    const directory = made ?? this.#standingDirectory(parent, base);
    this.#tree.explicit(directory, lateOf(entry));
    // Where a group is handed on, so is the setgid bit.
    this.#attributes(directory.fd, entry, made !== undefined && this.#defaults.keepOwner(entry));
    this.#defaults.directory(entry);
  }

  /** The directory that is there already, or one in the place of what is there. */
  #standingDirectory(parent: Directory, base: string): Directory {
    const stat = at.statAt(parent.fd, base);
    if (stat?.type === 'directory') return this.#child(parent, base);
    if (stat) this.#tree.remove(parent, base, stat.type);
    const home = stat?.type === 'symlink' ? this.#tree.directory(parent.path) : parent;
    return this.#tree.makeDirectory(home, base, stat !== undefined && isWhiteout(stat));
  }

  #hardlink(entry: TarEntry, parent: Directory, base: string): void {
    const components = cleanPath(entry.linkPath, this.#limits.maxDepth);
    const name = components.pop();
    const home = name === undefined ? undefined : this.#tree.find(components.join('/'));
    const target = home && name !== undefined ? at.statAt(home.fd, name) : undefined;
    if (!home || name === undefined || !target || isWhiteout(target)) {
      throw invalid(
        `${printable(entry.path)} is a hard link to ${printable(entry.linkPath)}, which this layer does not hold before it`,
      );
    }
    if (target.type === 'directory') throw invalid(`${printable(entry.path)} is a hard link to a directory`);
    const there = at.statAt(parent.fd, base);
    if (there?.inode === target.inode) return;
    if (!there) {
      at.linkAt(home.fd, name, parent.fd, base);
      return;
    }
    this.#tree.remove(parent, base, there.type);
    // The target may have been in what was removed, or been reached through it.
    const from = this.#tree.find(home.path);
    const to = this.#tree.directory(parent.path);
    if (!from || !at.statAt(from.fd, name)) {
      throw invalid(`${printable(entry.path)} replaces what it is a hard link to`);
    }
    at.linkAt(from.fd, name, to.fd, base);
  }

  #child(parent: Directory, base: string): Directory {
    return this.#tree.directory(parent.path === '' ? base : `${parent.path}/${base}`);
  }

  /** Owner before mode and capabilities: chown(2) clears both. `created`: it was made with its mode just now. */
  #attributes(fd: number, entry: TarEntry, created = false): void {
    if (!created || !this.#defaults.keepOwner(entry)) at.chownFd(fd, entry.uid, entry.gid);
    if (!created || !this.#defaults.keepMode(entry.mode)) at.chmodFd(fd, entry.mode);
    if (entry.xattrs.size === 0) return;
    applyXattrs(keptXattrs(entry), (key, value) => at.setXattrFd(fd, key, value), entry, this.#dropped);
  }

  #lateAttributes(parent: Directory, base: string, { mtime, defaultAcl: acl }: LateAttributes): void {
    if (acl) {
      const fd = at.openDirectoryAt(parent.fd, base);
      try {
        const only = new Map([[defaultAcl, acl]]);
        applyXattrs(only, (key, value) => at.setXattrFd(fd, key, value), { type: 'directory' }, this.#dropped);
      } finally {
        closeSync(fd);
      }
    }
    at.utimensAt(parent.fd, base, mtime.seconds, mtime.nanoseconds);
  }

  /** Tells an archive's fault from the disk's and the machine's. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.close();
      if (error instanceof SlipwayError) throw error;
      const what = this.#entry ? printable(this.#entry.path) : 'the layer';
      const text = `cannot unpack ${what}: ${error instanceof Error ? error.message : String(error)}`;
      if (hasCode(error, 'ENOSPC', 'EDQUOT')) throw new SlipwayError('DISK_FULL', text, { cause: error });
      if (hasCode(error, 'EPERM', 'EACCES', 'EROFS', 'ENOSYS')) {
        throw new SlipwayError('UNSUPPORTED', text, {
          hint: 'unpacking needs root with CAP_MKNOD, CAP_CHOWN and CAP_SYS_ADMIN, and a writable store',
          cause: error,
        });
      }
      if (
        hasCode(error, 'EFBIG', 'ENAMETOOLONG', 'EINVAL', 'ELOOP', 'ENOTDIR', 'EISDIR', 'EMLINK', 'EILSEQ', 'ENOENT')
      ) {
        throw new SlipwayError('IMAGE_INVALID', text, { cause: error });
      }
      throw new SlipwayError('INTERNAL', text, { cause: error });
    }
  }
}

/** A directory's entry is not kept until the end, only this of it: its extended attributes may be as large as the archive. */
function lateOf({ mtime, xattrs }: TarEntry): LateAttributes {
  const acl = xattrs.get(defaultAcl);
  return { mtime, ...(acl ? { defaultAcl: Buffer.from(acl) } : {}) };
}
