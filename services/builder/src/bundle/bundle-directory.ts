import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BundlePaths } from './bundle-paths.js';
import type { PodIds } from '../pod-ids.js';

/**
 * Creates a bundle's empty directory, only for root: a user of the host must not reach an image's setuid programs.
 * The root of a user namespace needs a way to its rootfs, and gets one as the directory's group.
 */
export function makeBundleDirectory({ directory }: Pick<BundlePaths, 'directory'>, ids?: PodIds): void {
  const parent = dirname(directory);
  mkdirSync(parent, { recursive: true, mode: 0o711 });
  mkdirSync(directory, { mode: 0o700 });
  if (!ids) return;
  if ((statSync(parent).mode & 0o011) !== 0o011) chmodSync(parent, 0o711);
  chownSync(directory, 0, ids.gid.hostID);
  chmodSync(directory, 0o710);
}
