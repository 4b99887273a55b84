import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';
import { invalid, printable, type TarEntry } from './tar-header.js';

/** Inherited by what is made in a directory: set when the directory is complete. */
export const defaultAcl = 'system.posix_acl_default';

/** XATTR_SIZE_MAX and XATTR_NAME_MAX of linux/limits.h. */
const maxValue = 65536;
const maxName = 255;

/**
 * The extended attributes that are set at once. Overlay's own are refused: with them an
 * archive could hide or redirect what other layers hold. Labels and measurements that
 * belong to the machine (SELinux, IMA, EVM) are left out.
 */
export function keptXattrs(entry: TarEntry): Map<string, Buffer> {
  const kept = new Map<string, Buffer>();
  for (const [name, value] of entry.xattrs) {
    if (name.startsWith('trusted.overlay.')) {
      throw new SlipwayError(
        'IMAGE_INVALID',
        `${printable(entry.path)} carries ${printable(name)}, which is overlay's own`,
        {
          hint: "build the layer from a file tree, not from an overlay's upper directory",
        },
      );
    }
    if (name.startsWith('user.overlay.') || name === defaultAcl) continue;
    if (['security.selinux', 'security.ima', 'security.evm'].includes(name)) continue;
    if (name.length > maxName || value.length > maxValue) {
      throw invalid(`${printable(entry.path)}: the extended attribute ${printable(name)} is longer than Linux allows`);
    }
    kept.set(name, value);
  }
  return kept;
}

/** Sets them; those that this file system or kind of file cannot have are noted in `dropped`. */
export function applyXattrs(
  xattrs: ReadonlyMap<string, Buffer>,
  set: (name: string, value: Buffer) => void,
  entry: TarEntry,
  dropped: Set<string>,
): void {
  for (const [name, value] of xattrs) {
    try {
      set(name, value);
    } catch (error) {
      // user.* is refused with EPERM on links and devices (xattr(7)).
      const impossible = hasCode(error, 'EPERM') && name.startsWith('user.') && entry.type !== 'file';
      if (impossible || hasCode(error, 'ENOTSUP', 'EOPNOTSUPP')) dropped.add(name);
      else throw error;
    }
  }
}
