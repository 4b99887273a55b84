import { SlipwayError } from '@slipway/errors';
import { type Digest, digestAlgorithm, digestHex, digestOf } from '@slipway/digest';
import { askInOrder } from '../hosts/ask-in-order.js';
import { answerFault, discard, header, isWhole, readBody } from '../transfer/http-body.js';
import { type Descriptor, type ImageIndex, parseManifest } from './manifest.js';
import { manifestAccept, mediaTypes } from './media-types.js';
import { type Reference, repositoryName } from '../reference.js';
import type { Requester, Target } from '../transfer/requester.js';
import { maxManifestBytes, verifyBytes } from '../transfer/verify-bytes.js';

/** A manifest as it came: what it means is for the caller, who may look for something that is no image. */
export interface FetchedManifest {
  readonly bytes: Uint8Array;
  /** The digest of the bytes; for a manifest that was requested by digest, that digest. */
  readonly digest: Digest;
  /** The media type that the registry reports. */
  readonly mediaType: string;
}

/** A manifest of the reference's repository, by tag or digest, whatever it is. */
export async function fetchManifest(
  requester: Requester,
  targets: readonly Target[],
  reference: Reference,
  name: string,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  const byDigest = name.includes(':') ? (name as Digest) : undefined;
  return askInOrder(
    {
      requester,
      targets,
      capability: byDigest ? 'pull' : 'resolve',
      object: `image ${repositoryName(reference)}`,
      what: `manifest ${name}`,
      signal,
    },
    async (target) => {
      const answer = await requester.send(target, `/manifests/${name}`, {
        headers: { accept: manifestAccept },
        signal,
      });
      if (!isWhole(answer)) throw await answerFault(answer, 'the manifest', requester.nameOf(target), signal);
      const bytes = await readBody(answer, maxManifestBytes, 'the manifest', signal);
      verifyBytes(bytes, byDigest, undefined, 'the manifest', requester.nameOf(target));
      return { bytes, digest: byDigest ?? digestOf(bytes), mediaType: header(answer, 'content-type') ?? '' };
    },
  );
}

/** The status from a registry without the referrers API (distribution-spec 1.1, "Listing Referrers": 404). */
const unknownApi = new Set([400, 404, 405, 501]);

/**
 * The artifacts that are attached to a manifest (distribution-spec 1.1): by the referrers API, else by the tag schema, an
 * index under the tag `sha256-<hex>`. The list is empty when nothing is attached.
 */
export async function listReferrers(
  requester: Requester,
  targets: readonly Target[],
  reference: Reference,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const what = `what is attached to ${subject}`;
  const object = `image ${repositoryName(reference)}`;
  const index = await askInOrder(
    { requester, targets, capability: 'resolve', object, what, signal },
    async (target) => {
      const answer = await requester.send(target, `/referrers/${subject}`, {
        headers: { accept: mediaTypes.ociIndex },
        signal,
      });
      if (unknownApi.has(answer.status)) return discard(answer);
      if (!isWhole(answer)) throw await answerFault(answer, what, requester.nameOf(target), signal);
      const bytes = await readBody(answer, maxManifestBytes, what, signal);
      return readIndex(bytes, header(answer, 'content-type') ?? '', what);
    },
  );
  if (index) return index.manifests;
  try {
    const tag = `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}`;
    const found = await fetchManifest(requester, targets, reference, tag, signal);
    return readIndex(found.bytes, found.mediaType, what).manifests;
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'REGISTRY_NOT_FOUND') return [];
    throw error;
  }
}

function readIndex(bytes: Uint8Array, contentType: string, what: string): ImageIndex {
  const parsed = parseManifest(bytes, contentType, what);
  if (parsed.kind === 'index') return parsed.index;
  throw new SlipwayError('REGISTRY_ERROR', `${what}: the registry answers an image manifest, not an index`);
}
