import type { ImageRecord } from '@slipway/contracts';
import type { Records } from '@slipway/records';
import type { Digest } from '@slipway/digest';
import { canonicalString, parseReference, type Reference, repoDigest, repoTag } from '@slipway/registry';

/** The names that a pull gives an image: a tag, unless it was asked for by digest, and digests. */
export interface ImageNames {
  readonly repoTags: string[];
  readonly repoDigests: string[];
}

/**
 * A reference with a tag and a digest names only the digest: the tag was not requested from the
 * registry, and may stand for something else there.
 */
export function namesOf(reference: Reference, digests: readonly Digest[]): ImageNames {
  const tag = reference.digest ? undefined : repoTag(reference);
  return {
    repoTags: tag === undefined ? [] : [tag],
    repoDigests: unique(digests.map((digest) => repoDigest(reference, digest))),
  };
}

/** Whether one of the configured references (in any form that people write) is a name of this image. */
export function isPinned(names: ImageNames, pinned: readonly string[]): boolean {
  const all = new Set([...names.repoTags, ...names.repoDigests]);
  return pinned.some((text) => all.has(pinnedName(text)));
}

function pinnedName(text: string): string {
  const reference = parseReference(text);
  return reference.digest ? repoDigest(reference, reference.digest) : canonicalString(reference);
}

/**
 * Writes an image's record, adds the names that it had to its new ones, and takes its tags from
 * every other image: a tag names one image. An image that loses its last tag keeps its digests.
 */
export async function recordImage(
  records: Records,
  image: ImageRecord,
  pinned: readonly string[],
  signal?: AbortSignal,
): Promise<ImageRecord> {
  return records.withLock(
    'image-names',
    async () => {
      const known = await records.images.get(image.id);
      const names: ImageNames = {
        repoTags: unique([...(known?.repoTags ?? []), ...image.repoTags]),
        repoDigests: unique([...(known?.repoDigests ?? []), ...image.repoDigests]),
      };
      const next: ImageRecord = { ...image, ...names, pinned: isPinned(names, pinned) };
      // The new owner first: a tag that two images have for a moment is better than one that nobody has.
      await records.images.put(image.id, next);
      const others = (await records.images.list()).filter(({ id }) => id !== image.id);
      for (const other of others) {
        // Tags are only given under this lock, so nobody gives a tag that the list does not have meanwhile.
        if (other.repoTags.some((tag) => image.repoTags.includes(tag))) {
          await dropTags(records, other.id, image.repoTags);
        }
      }
      return next;
    },
    { signal },
  );
}

/** After a puller was killed between two writes, a tag can stand at two images: the newest pull has it. */
export async function settleTags(records: Records): Promise<void> {
  const owners = new Map<string, ImageRecord>();
  for (const image of await records.images.list()) {
    for (const tag of image.repoTags) {
      const owner = owners.get(tag);
      if (!owner || image.pulledAt > owner.pulledAt) owners.set(tag, image);
    }
  }
  for (const image of await records.images.list()) {
    const lost = image.repoTags.filter((tag) => owners.get(tag)?.id !== image.id);
    if (lost.length > 0) await dropTags(records, image.id, lost);
  }
}

async function dropTags(records: Records, id: string, tags: readonly string[]): Promise<void> {
  await records.images.transition(id, (image) => {
    const repoTags = image.repoTags.filter((tag) => !tags.includes(tag));
    return repoTags.length === image.repoTags.length ? undefined : { ...image, repoTags };
  });
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
