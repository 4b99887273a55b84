import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import type { ImageRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { LayerStore } from '@slipway/layers';
import { hasCode, mountOverlay, setPropagation } from '@slipway/linux';
import type { HostFacts } from '@slipway/oci-spec';
import type { BundlePaths } from './bundle-paths.js';

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
}

/**
 * Mounts a container's root file system at `paths.rootfs`: the image's layers below a
 * directory of the container's own. The bundle's directory must be there.
 */
export function mountRootfs({ paths, image, layers, kernel }: RootfsInput): void {
  for (const path of [paths.rootfs, paths.upper, paths.work]) mkdirSync(path);
  // The upper directory's mode is the mode of the container's `/`, whatever the umask here.
  chmodSync(paths.upper, 0o755);
  const lower = lowerDirectories(image, layers);
  if (lower.length === 0) {
    mkdirSync(paths.empty);
    lower.push(paths.empty);
  }
  const [major, minor] = kernel;
  mountLayers(image, lower, () =>
    mountOverlay({
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

/** Mounts an image read-only, for an image volume. `target` must be there; `empty` stands in for no layers. */
export function mountImage(image: ImageRecord, layers: Pick<LayerStore, 'path'>, target: string, empty: string): void {
  const lower = lowerDirectories(image, layers);
  if (lower.length === 0) {
    mkdirSync(empty, { recursive: true });
    lower.push(empty);
  }
  mountLayers(image, lower, () => mountOverlay({ lower, target, readonly: true }));
  setPropagation(target, 'private');
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
