import type { ImageRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { parseReference, repoDigest, repoTag } from '@slipway/registry';
import type { Gateway } from '../context.js';

/** An image id, whole or shortened as people write it. */
const ID = /^(?:sha256:)?([0-9a-f]{6,64})$/;

/**
 * The image that a kubelet or a person means: by id (also a prefix that only one
 * image has), by tag, or by digest. A name that could be both is a tag first, as in Docker.
 */
export async function findImage(gateway: Gateway, name: string): Promise<ImageRecord | undefined> {
  const images = await gateway.records.images.list();
  const byName = name.startsWith('sha256:') ? undefined : findByReference(images, name);
  if (byName) return byName;
  const digits = ID.exec(name)?.[1];
  if (!digits) return undefined;
  const matches = images.filter((image) => image.id.startsWith(`sha256:${digits}`));
  if (matches.length > 1) {
    throw new SlipwayError('INVALID_REQUEST', `${matches.length} images have ids that start with ${digits}`, {
      hint: 'give more of the id',
    });
  }
  return matches[0];
}

/** @throws SlipwayError IMAGE_NOT_FOUND */
export async function requireImage(gateway: Gateway, name: string): Promise<ImageRecord> {
  if (name === '') throw new SlipwayError('INVALID_REQUEST', 'image.image is empty');
  const image = await findImage(gateway, name);
  if (!image) throw new SlipwayError('IMAGE_NOT_FOUND', 'the image is not on this node', { object: `image ${name}` });
  return image;
}

function findByReference(images: readonly ImageRecord[], name: string): ImageRecord | undefined {
  let reference: ReturnType<typeof parseReference>;
  try {
    reference = parseReference(name);
  } catch {
    // A text that is no reference names no image.
    return undefined;
  }
  const { digest } = reference;
  if (digest) {
    const wanted = repoDigest(reference, digest);
    return images.find((image) => image.repoDigests.includes(wanted));
  }
  const tag = repoTag(reference);
  return tag === undefined ? undefined : images.find((image) => image.repoTags.includes(tag));
}
