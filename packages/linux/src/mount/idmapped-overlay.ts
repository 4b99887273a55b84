import { posix } from 'node:path';
import { hasCode, SyscallError } from '../errno.js';
import { idmapMount } from './mount-attributes.js';
import { unmount } from './mounts.js';
import { mountOverlay, type OverlayMethod, type OverlayRequest } from './overlay.js';

export interface IdmappedOverlay extends OverlayRequest {
  /** The user namespace whose mapping the lower layers get. */
  usernsFd: number;
  /** An empty directory, where the layers are mounted while the overlay is made. */
  staging: string;
}

/**
 * Mounts an overlay whose lower layers show their ids mapped into a user namespace, while the disk keeps
 * them (overlayfs takes mapped layers since Linux 5.19). The upper directory is not mapped: what
 * is written there has the container's ids as the host counts them. Throws SyscallError, EINVAL or ENOSYS, which says
 * whether the kernel or the layers' file system lacks it.
 */
export function mountIdmappedOverlay({ usernsFd, staging, ...overlay }: IdmappedOverlay, method?: OverlayMethod): void {
  const parent = commonParent(overlay.lower);
  explain(
    'the file system of the layers has no mounts with mapped ids (ext4, XFS, btrfs have them since 5.12 to 5.15, tmpfs since 6.3)',
    () => idmapMount(parent, staging, usernsFd),
  );
  try {
    const lower = overlay.lower.map((path) => posix.join(staging, posix.relative(parent, path)));
    explain('overlayfs takes layers with mapped ids from Linux 5.19 on', () =>
      mountOverlay({ ...overlay, lower }, method),
    );
  } finally {
    // The overlay holds mounts of its own.
    unmount(staging, { detach: true });
  }
}

/** Puts the likeliest reason beside an errno that by itself says only that an argument is wrong. */
function explain(reason: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof SyscallError) || !hasCode(error, 'EINVAL', 'ENOSYS', 'EOPNOTSUPP')) throw error;
    throw new SyscallError(error.code, error.syscall, error.path, [error.detail, reason].filter(Boolean).join('; '));
  }
}

/** The deepest directory that holds all of these; of one path, the directory that it lies in. */
export function commonParent(paths: readonly string[]): string {
  const [first, ...more] = paths.map((path) => posix.dirname(path).split('/'));
  let length = first?.length ?? 0;
  for (const parts of more) {
    let same = 0;
    while (same < length && parts[same] === first?.[same]) same++;
    length = same;
  }
  return first?.slice(0, length).join('/') || '/';
}
