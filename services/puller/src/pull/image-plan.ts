import { ImageRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Records } from '@slipway/records';
import { type Digest, parseDigest } from '@slipway/digest';
import {
  canonicalString,
  type Descriptor,
  type Reference,
  type RegistryClient,
  type ResolvedImage,
  repoTag,
  type Target,
} from '@slipway/registry';
import { type ImageNames, namesOf } from '../image/image-names.js';

/** A layer that an image needs: the blob in the registry, and what it unpacks to. */
export interface PlannedLayer {
  readonly diffID: string;
  readonly blob: Descriptor;
}

/** Everything that is to be there when the pull has succeeded. */
export interface ImagePlan {
  readonly reference: Reference;
  /** The record as this pull writes it, with the names that this pull gives. */
  readonly record: ImageRecord;
  readonly layers: readonly PlannedLayer[];
  /** The registry said that the tag still names the image that is here, whose layers were proved when it came. */
  readonly proved: boolean;
}

export interface PlanRequest {
  readonly reference: Reference;
  readonly targets: readonly Target[];
  readonly signal: AbortSignal;
}

/**
 * From a reference to what has to be on disk. A tag that still names what it named at an earlier
 * pull costs one HEAD request, which registries do not count against their limits; the registry
 * is asked in any case, because it decides who may have the image.
 */
export async function planImage(
  parts: { readonly registry: RegistryClient; readonly records: Records },
  request: PlanRequest,
): Promise<ImagePlan> {
  return (
    (await planFromRecord(parts, request)) ?? planFromManifest(await parts.registry.resolve(request.reference, request))
  );
}

async function planFromRecord(
  { registry, records }: { readonly registry: RegistryClient; readonly records: Records },
  request: PlanRequest,
): Promise<ImagePlan | undefined> {
  const { reference } = request;
  const tag = repoTag(reference);
  if (reference.digest || tag === undefined) return undefined;
  const known = (await records.images.list()).find((image) => image.repoTags.includes(tag));
  if (!known) return undefined;
  const { digest } = await registry.resolveDigest(reference, request);
  const names = namesOf(reference, [digest]);
  if (!known.repoDigests.includes(names.repoDigests[0] ?? '')) return undefined;
  return {
    reference,
    proved: true,
    record: ImageRecord.create({ ...known, ...names, pulledAt: now() }),
    layers: known.layers.map(({ diffId, digest: blob, size }) => ({
      diffID: diffId,
      blob: { mediaType: '', digest: parseDigest(blob), size: Number(size) },
    })),
  };
}

/** @throws SlipwayError IMAGE_INVALID when config and manifest contradict each other */
export function planFromManifest(resolved: ResolvedImage): ImagePlan {
  const { reference, resolvedDigest, manifestDigest, config, configBytes } = resolved;
  const object = `image ${canonicalString(reference)}`;
  const diffIDs = diffIDsOf({ object, configBytes, config: config.digest, layers: resolved.layers.length });
  const layers = resolved.layers.map((blob, at) => ({ diffID: diffIDs[at] as Digest, blob }));
  const names = namesOf(reference, [resolvedDigest, manifestDigest]);
  const record = newRecord({ configDigest: config.digest, configBytes, manifestDigest, layers, names });
  return { reference, layers, record, proved: false };
}

/** The record of an image that this node does not have yet. */
export function newRecord(image: {
  configDigest: Digest;
  configBytes: Uint8Array;
  manifestDigest: string;
  layers: readonly PlannedLayer[];
  names: ImageNames;
}): ImageRecord {
  const { configDigest, configBytes, manifestDigest, layers, names } = image;
  return ImageRecord.create({
    id: configDigest,
    ...names,
    size: BigInt(layers.reduce((sum, { blob }) => sum + blob.size, configBytes.length)),
    config: configBytes,
    layers: layers.map(({ diffID, blob }) => ({ diffId: diffID, digest: blob.digest, size: BigInt(blob.size) })),
    pulledAt: now(),
    manifestDigest,
  });
}

/**
 * The uncompressed layers' digests (OCI image spec, config.md, rootfs.diff_ids), one for each of the image's `layers`.
 * @throws SlipwayError IMAGE_INVALID, about `object`
 */
export function diffIDsOf(image: {
  object: string;
  configBytes: Uint8Array;
  config: Digest;
  layers: number;
}): Digest[] {
  const { object, configBytes, config, layers } = image;
  const invalid = (message: string, cause?: unknown): SlipwayError =>
    new SlipwayError('IMAGE_INVALID', `config ${config}: ${message}`, { object, cause });
  let rootfs: { type?: unknown; diff_ids?: unknown } | null | undefined;
  try {
    rootfs = (JSON.parse(Buffer.from(configBytes).toString('utf8')) as { rootfs?: typeof rootfs } | null)?.rootfs;
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  if (rootfs?.type !== undefined && rootfs.type !== 'layers') {
    throw invalid(`rootfs.type is ${JSON.stringify(rootfs.type)}, not "layers"`);
  }
  // Go writes an empty list as null.
  const diffIDs: unknown = rootfs?.diff_ids ?? [];
  if (!Array.isArray(diffIDs)) throw invalid('rootfs.diff_ids is not a list');
  if (diffIDs.length !== layers) {
    throw invalid(`rootfs.diff_ids has ${diffIDs.length} entries, but the image has ${layers} layers`);
  }
  return diffIDs.map((diffID, at) => {
    try {
      return parseDigest(String(diffID));
    } catch (cause) {
      throw invalid(`rootfs.diff_ids[${at}]: ${(cause as Error).message}`, cause);
    }
  });
}

/** Nanoseconds since the epoch. */
function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
