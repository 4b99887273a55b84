import { hasCode } from '@slipway/linux';
import { invalid, printable, type TarEntry } from '../tar/tar-header.js';

/** Inherited by what is made in a directory: set when the directory is complete. */
export const defaultAcl = 'system.posix_acl_default';

/** XATTR_SIZE_MAX, XATTR_NAME_MAX and XATTR_LIST_MAX of linux/limits.h. */
const maxValue = 65536;
const maxName = 255;
const maxNames = 65536;
/** The number of names that are reported; an archive may have millions. */
const maxDropped = 64;

/**
 * The extended attributes that are set immediately. Overlay's own are left out: with them an archive could hide or
 * redirect what other layers hold, and a layer made of an overlay's upper directory has them by mistake. Labels and measurements that
 * belong to the machine (SELinux, IMA, EVM) are left out.
 */
export function keptXattrs(entry: TarEntry): Map<string, Buffer> {
  const kept = new Map<string, Buffer>();
  let names = 0;
  for (const [name, value] of entry.xattrs) {
    if (name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.')) continue;
    if (['security.selinux', 'security.ima', 'security.evm'].includes(name)) continue;
    if (name.length > maxName || value.length > maxValue) {
      throw invalid(`${printable(entry.path)}: the extended attribute ${printable(name)} is longer than Linux allows`);
    }
    if (name === defaultAcl) continue;
    names += name.length + 1;
    if (names > maxNames) {
      throw invalid(`${printable(entry.path)} has more extended attributes than Linux can list`);
    }
    kept.set(name, value);
  }
  return kept;
}

/** Sets them; those that this file system or kind of file cannot have are noted in `dropped`. */
export function applyXattrs(
  xattrs: ReadonlyMap<string, Buffer>,
  set: (name: string, value: Buffer) => void,
  entry: Pick<TarEntry, 'type'>,
  dropped: Set<string>,
): void {
  for (const [name, value] of xattrs) {
    try {
      set(name, value);
    } catch (error) {
      // user.* is refused with EPERM on links and devices (xattr(7)).
      const impossible = hasCode(error, 'EPERM') && name.startsWith('user.') && entry.type !== 'file';
      if (!impossible && !hasCode(error, 'ENOTSUP', 'EOPNOTSUPP')) throw error;
      if (dropped.size < maxDropped) dropped.add(name);
    }
  }
}
