import { type ImageRecord, type LoadImagesRequest, type LoadImagesResponse, PullProgress } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { detectCompression } from '@slipway/layers';
import type { Init } from '@slipway/protobuf';
import type { Digest } from '@slipway/digest';
import { parseReference } from '@slipway/registry';
import type { StageContext } from '@slipway/stage';
import { Limit } from '@slipway/time';
import { ArchiveFile, type Member } from '../archive/archive-file.js';
import type { ArchivedImage } from '../archive/archived-image.js';
import { archivedReference, checkedRepository } from '../archive/image-name.js';
import { readImages } from '../archive/read-images.js';
import type { BlobSource } from '../pull/blob-source.js';
import { type ImageNames, namesOf } from './image-names.js';
import { diffIDsOf, type ImagePlan, newRecord } from '../pull/image-plan.js';
import { followSync, makePresent } from '../pull/make-present.js';
import { Progress } from '../pull/progress.js';
import { explained } from '../pull/pull-image.js';
import type { PullerParts } from '../parts.js';

/** Whose places and files a load uses, as a pull uses its registry's. */
const archives = 'archives';

/** A person who loads an archive administers the node, so its layers may be used by every pod. */
const archived = {
  share: archives,
  origin: { open: true, preloaded: true },
  proved: true,
  hasBlob: () => Promise.resolve(true),
} as const;

/** The plan of an archive's image, and where its blobs are. */
interface Load extends Pick<ImagePlan, 'record' | 'layers'> {
  readonly members: ReadonlyMap<string, Member>;
}

/**
 * Makes the images of an archive present. They go the way of a pulled one from the blob on: digest checked,
 * unpacked, recorded, with the same id. Nothing of an archive is trusted; its digests are compared with its bytes.
 */
export async function loadImages(
  parts: PullerParts,
  request: LoadImagesRequest,
  context: StageContext,
): Promise<Init<LoadImagesResponse>> {
  using limit = new Limit({ signals: [context.signal, parts.closing] });
  const { signal } = limit;
  const tell = (beat: PullProgress): void => {
    context.beat(PullProgress.encode(beat));
    parts.publish(beat);
  };
  const progress = new Progress(request.path, tell, parts.stats);
  const copied = new Set<string>();
  let archive: ArchiveFile | undefined;
  try {
    const opened = await context.span('open', () => ArchiveFile.open(request.path, parts.downloads.directory, signal));
    archive = opened;
    const repository = checkedRepository(request.name);
    const loads: Load[] = [];
    for (const image of await readImages(opened)) loads.push(await planLoad(parts, opened, image, repository, signal));
    // All are announced before the first, so that the total does not grow on the way.
    progress.plan(loads.flatMap(({ layers }) => layers.map(({ blob }) => blob)));
    const images: ImageRecord[] = [];
    const span = <T>(name: string, work: () => Promise<T>): Promise<T> => context.span(name, work);
    for (const load of loads) {
      const source = archiveSource(opened, load.members, copied);
      images.push(await makePresent(parts, load, { ...archived, source, signal, progress, span }));
    }
    followSync(parts, progress);
    context.log.info({ archive: request.path, images: images.map(({ id }) => id) }, 'archive was loaded');
    return { images };
  } catch (thrown) {
    // Unlike a download's, a copy's bytes are worth nothing to whoever tries again.
    for (const digest of copied) await parts.downloads.of(archives).discard(digest);
    const error = await explained(thrown, signal, `archive ${request.path}`, parts.root);
    progress.failed(error);
    throw error;
  } finally {
    await archive?.close();
  }
}

async function planLoad(
  parts: PullerParts,
  archive: ArchiveFile,
  image: ArchivedImage,
  repository: string,
  signal: AbortSignal,
): Promise<Load> {
  const { configBytes, configDigest, manifestDigest = '' } = image;
  const diffIDs = diffIDsOf({
    object: `archive ${archive.path}`,
    configBytes,
    config: configDigest,
    layers: image.layers.length,
  });
  const members = new Map<string, Member>();
  const layers: ImagePlan['layers'][number][] = [];
  for (const [at, { member, digest }] of image.layers.entries()) {
    const diffID = diffIDs[at] as Digest;
    const blob = digest ?? (await digestOfLayer(archive, member, diffID, signal));
    members.set(blob, member);
    layers.push({ diffID, blob: { mediaType: '', digest: blob, size: member.size } });
  }
  const names = namesOfArchived(image, repository);
  const known = await parts.records.images.get(configDigest);
  // A pull's record of the same image has more: the registry's blobs and digests.
  const record = known
    ? { ...known, ...names }
    : newRecord({ configDigest, configBytes, manifestDigest, layers, names });
  return { record, layers, members };
}

/** A plain layer's digest is its diffID, which the unpacking compares; a compressed one's has to be counted. */
async function digestOfLayer(
  archive: ArchiveFile,
  member: Member,
  diffID: Digest,
  signal: AbortSignal,
): Promise<Digest> {
  const plain = detectCompression(await archive.head(member)) === 'none';
  return plain ? diffID : archive.digest(member, signal);
}

function namesOfArchived({ names, configDigest }: ArchivedImage, repository: string): ImageNames {
  const references = names.flatMap((name) => archivedReference(name, repository) ?? []);
  if (names.length === 0 && repository !== '') references.push(parseReference(repository));
  const tags = references.flatMap((reference) => namesOf(reference, []).repoTags);
  const digests = references.flatMap(({ digest }) => digest ?? []);
  if (digests.length > 0) {
    throw new SlipwayError(
      'IMAGE_INVALID',
      `image ${configDigest} has a digest for its name, which no archive can give`,
    );
  }
  return { repoTags: [...new Set(tags)], repoDigests: [] };
}

function archiveSource(archive: ArchiveFile, members: ReadonlyMap<string, Member>, copied: Set<string>): BlobSource {
  return {
    fetch: async ({ digest }, fetch) => {
      const member = members.get(digest);
      if (!member) throw new SlipwayError('INTERNAL', `no member of the archive is ${digest}`);
      copied.add(digest);
      await archive.copy(member, { digest, ...fetch });
    },
  };
}
