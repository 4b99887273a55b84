import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { LayerStore } from '@slipway/layers';
import { hasCode, mountIdmappedOverlay, mountOverlay, type OverlayRequest, setPropagation } from '@slipway/linux';
import { type HostFacts, unsupportedField } from '@slipway/oci-spec';
import type { BundlePaths } from './bundle-paths.js';
import type { PodIds } from './pod-ids.js';

/**
 * The lower directories of an image, the topmost first. A layer that occurs twice
 * counts where it lies higher: below itself it shows nothing, and overlayfs refuses it.
 */
export function lowerDirectories(image: ImageRecord, layers: Pick<LayerStore, 'path'>): string[] {
  return [...new Set(image.layers.map(({ diffId }) => diffId).reverse())].map((diffID) => layers.path(diffID));
}

export interface RootfsInput {
  paths: BundlePaths;
  image: ImageRecord;
  layers: Pick<LayerStore, 'path'>;
  kernel: HostFacts['kernel'];
  /** Of a pod in a user namespace. */
  ids?: PodIds | undefined;
}

/**
 * Mounts a container's root file system at `paths.rootfs`: the image's layers below a
 * directory of the container's own. The bundle's directory must be there.
 */
export function mountRootfs({ paths, image, layers, kernel, ids }: RootfsInput): void {
  for (const path of [paths.rootfs, paths.upper, paths.work]) mkdirSync(path);
  // The upper directory's mode is the mode of the container's `/`, whatever the umask here.
  chmodSync(paths.upper, 0o755);
  if (ids) chownSync(paths.upper, ids.uid.hostID, ids.gid.hostID);
  const lower = lowerDirectories(image, layers);
  if (lower.length === 0) {
    mkdirSync(paths.empty);
    lower.push(paths.empty);
  }
  const [major, minor] = kernel;
  mountLayers(image, lower, () =>
    mountMapped(paths, ids, {
      lower,
      upper: paths.upper,
      work: paths.work,
      target: paths.rootfs,
      // A container never outlives the kernel, so that nothing of it needs to reach the disk (Linux 5.10).
      ...(major > 5 || (major === 5 && minor >= 10) ? { options: { volatile: true } } : {}),
    }),
  );
  // On a host whose mounts are shared the container's own would come back through this one.
  setPropagation(paths.rootfs, 'private');
}

/** Mounts an image read-only at `target`, a directory that is there, for an image volume. */
export function mountImage({ paths, image, layers, ids }: Omit<RootfsInput, 'kernel'>, target: string): void {
  const lower = lowerDirectories(image, layers);
  if (lower.length === 0) {
    const empty = join(paths.directory, 'no-layers');
    mkdirSync(empty, { recursive: true });
    lower.push(empty);
  }
  mountLayers(image, lower, () => mountMapped(paths, ids, { lower, target, readonly: true }));
  setPropagation(target, 'private');
}

function mountMapped({ staging }: BundlePaths, ids: PodIds | undefined, overlay: OverlayRequest): void {
  if (!ids) {
    mountOverlay(overlay);
    return;
  }
  mkdirSync(staging, { recursive: true });
  try {
    mountIdmappedOverlay({ ...overlay, usernsFd: ids.usernsFd, staging });
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'ENOSYS', 'EOPNOTSUPP')) throw error;
    throw unsupportedField(
      'linux.security_context.namespace_options.userns_options',
      `the file system of the layers cannot be mounted with mapped ids: ${(error as Error).message}`,
    );
  }
}

function mountLayers(image: ImageRecord, lower: readonly string[], mount: () => void): void {
  try {
    mount();
  } catch (error) {
    const gone = hasCode(error, 'ENOENT') && lower.find((path) => !lstatSync(path, { throwIfNoEntry: false }));
    if (!gone) throw error;
    throw new SlipwayError('IMAGE_NOT_FOUND', `layer ${gone} of image ${image.id} is not on this node`, {
      object: `image ${image.id}`,
      hint: 'pull the image again',
      cause: error,
    });
  }
}
