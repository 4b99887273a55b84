import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRecord } from '@slipway/contracts';
import { type Mount, MountPropagation } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import type { LayerStore } from '@slipway/layers';
import { hasCode, resolveInRoot } from '@slipway/linux';
import { invalidField, type ResolvedMount } from '@slipway/oci-spec';
import type { BundlePaths } from '../bundle/bundle-paths.js';
import type { PodIds } from '../pod-ids.js';
import { mountImage } from './rootfs.js';

export interface ImageMountsInput {
  mounts: readonly Mount[];
  /** By the reference in the mount. */
  images: Readonly<Record<string, ImageRecord>>;
  layers: Pick<LayerStore, 'path' | 'info'>;
  paths: BundlePaths;
  ids?: PodIds | undefined;
}

/**
 * Mounts the images of image volumes into the bundle, one mount an image, and answers
 * them as mounts of the container: read-only always, of a sub-path where one is given.
 */
export async function mountImageVolumes({
  mounts,
  images,
  layers,
  paths,
  ids,
}: ImageMountsInput): Promise<ResolvedMount[]> {
  const mounted = new Map<string, string>();
  const resolved: ResolvedMount[] = [];
  for (const [index, mount] of mounts.entries()) {
    const reference = mount.image?.image;
    const field = `mounts[${index}]`;
    if (!reference) {
      if (mount.imageSubPath === '') continue;
      throw invalidField(`${field}.image_sub_path`, 'it is of an image, and the mount names none');
    }
    if (mount.hostPath)
      throw invalidField(`${field}.host_path`, 'a mount is of an image or of a host path, not of both');
    if (!mount.readonly) throw invalidField(`${field}.readonly`, 'an image can only be mounted read-only');
    if (mount.propagation !== MountPropagation.PROPAGATION_PRIVATE) {
      throw invalidField(`${field}.propagation`, 'an image can only be mounted with propagation PRIVATE');
    }
    const image = images[reference];
    if (!image) throw volumeFault(field, reference, 'the image is not on this node');
    let root = mounted.get(image.id);
    if (!root) {
      root = join(paths.images, String(mounted.size));
      mkdirSync(root, { recursive: true });
      await mountImage({ paths, image, layers, ids }, root);
      mounted.set(image.id, root);
    }
    resolved.push({
      field,
      containerPath: mount.containerPath,
      source: subPath(field, reference, root, mount.imageSubPath),
      readonly: true,
      recursiveReadOnly: false,
      propagation: mount.propagation,
    });
  }
  return resolved;
}

/** Links in the image are followed within it; what they lead to must be a directory. */
function subPath(field: string, reference: string, root: string, path: string): string {
  if (path === '') return root;
  try {
    const source = join(root, resolveInRoot(root, path));
    if (lstatSync(source).isDirectory()) return source;
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'EXDEV', 'ENAMETOOLONG')) throw error;
    throw volumeFault(field, reference, `sub-path ${JSON.stringify(path)} is not in it`, error);
  }
  throw volumeFault(field, reference, `sub-path ${JSON.stringify(path)} is no directory`);
}

function volumeFault(field: string, reference: string, problem: string, cause?: unknown): SlipwayError {
  return new SlipwayError('IMAGE_VOLUME', `${field}: image ${reference}: ${problem}`, {
    cause,
  });
}

/** A mount as ContainerStatus tells it: an image volume with what its reference led to. */
export function statusMount(mount: Mount, images: Readonly<Record<string, ImageRecord>>): Mount {
  const image = mount.image?.image ? images[mount.image.image] : undefined;
  if (!mount.image || !image) return mount;
  return { ...mount, readonly: true, image: { ...mount.image, imageRef: image.id } };
}
