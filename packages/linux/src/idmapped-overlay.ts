import { posix } from 'node:path';
import { idmapMount } from './mount-attributes.js';
import { unmount } from './mounts.js';
import { mountOverlay, type OverlayRequest } from './overlay.js';

export interface IdmappedOverlay extends OverlayRequest {
  /** The user namespace whose mapping the lower layers get. */
  usernsFd: number;
  /** An empty directory, where the layers are mounted while the overlay is made. */
  staging: string;
}

/**
 * Mounts an overlay whose lower layers show their ids mapped into a user namespace, while the disk keeps
 * them (overlayfs takes mapped layers since Linux 5.19). The upper directory is not mapped: what
 * is written there has the container's ids as the host counts them. Throws
 * SyscallError: EINVAL where the layers' file system cannot be mapped.
 */
export function mountIdmappedOverlay({ usernsFd, staging, ...overlay }: IdmappedOverlay): void {
  const parent = commonParent(overlay.lower);
  idmapMount(parent, staging, usernsFd);
  try {
    const lower = overlay.lower.map((path) => posix.join(staging, posix.relative(parent, path)));
    mountOverlay({ ...overlay, lower });
  } finally {
    // The overlay holds mounts of its own.
    unmount(staging, { detach: true });
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
