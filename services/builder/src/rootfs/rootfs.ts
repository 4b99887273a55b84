import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRecord } from '@slipway/contracts';
import type { LayerStore } from '@slipway/layers';
import { hasCode, mountIdmappedOverlay, mountOverlay, type OverlayRequest, setPropagation } from '@slipway/linux';
import { type HostFacts, unsupportedField } from '@slipway/oci-spec';
import type { BundlePaths } from '../bundle/bundle-paths.js';
import { layerIsGone, layerStack, restoreDirectories } from './layer-stack.js';
import type { PodIds } from '../pod-ids.js';

export interface RootfsInput {
  paths: BundlePaths;
  image: ImageRecord;
  layers: Pick<LayerStore, 'path' | 'info'>;
  kernel: HostFacts['kernel'];
  /** Id mappings of a pod in a user namespace. */
  ids?: PodIds | undefined;
  /** The SELinux label of everything in it. */
  label?: string | undefined;
}

/**
 * Mounts a container's root file system at `paths.rootfs`: the image's layers below a
 * directory of the container's own. The bundle's directory must be there.
 */
export async function mountRootfs({ paths, image, layers, kernel, ids, label }: RootfsInput): Promise<void> {
  for (const path of [paths.rootfs, paths.upper, paths.work]) mkdirSync(path);
  // The upper directory's mode is the mode of the container's `/`, whatever the umask here.
  chmodSync(paths.upper, 0o755);
  if (ids) chownSync(paths.upper, ids.uid.hostID, ids.gid.hostID);
  const stack = await layerStack(image, layers);
  const lower = stack.map(({ path }) => path);
  restoreDirectories(paths.upper, stack, ids);
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
      options: {
        ...(major > 5 || (major === 5 && minor >= 10) ? { volatile: true as const } : {}),
        ...(label ? { context: label } : {}),
      },
    }),
  );
  // On a host whose mounts are shared the container's own would come back through this one.
  setPropagation(paths.rootfs, 'private');
}

/** Mounts an image read-only at `target`, a directory that is there, for an image volume. */
export async function mountImage(
  { paths, image, layers, ids }: Omit<RootfsInput, 'kernel'>,
  target: string,
): Promise<void> {
  const stack = await layerStack(image, layers);
  const lower = stack.map(({ path }) => path);
  if (stack.some(({ implied }) => implied.size > 0)) {
    // Nothing is written here, and so there is no upper directory for them.
    const restored = `${target}.directories`;
    mkdirSync(restored);
    restoreDirectories(restored, stack);
    lower.unshift(restored);
  }
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
      `the layers cannot be mounted with mapped ids: ${(error as Error).message}`,
    );
  }
}

function mountLayers(image: ImageRecord, lower: readonly string[], mount: () => void): void {
  try {
    mount();
  } catch (error) {
    const gone = hasCode(error, 'ENOENT') && lower.find((path) => !lstatSync(path, { throwIfNoEntry: false }));
    if (!gone) throw error;
    throw layerIsGone(image, gone, error);
  }
}
