import { SlipwayError } from '@slipway/errors';
import { digestAlgorithm, digestHex, matchesDigest } from '@slipway/digest';
import { type Descriptor, hostPlatform, parseManifest, platformRank } from '@slipway/registry';
import type { ArchiveFile } from './archive-file.js';
import { type ArchivedImage, maxJsonBytes } from './archived-image.js';

const maxIndexDepth = 4;
/** containerd and BuildKit write the whole name here, where the standard annotation has only the tag. */
const nameKeys = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];

/**
 * An OCI image layout (OCI image-spec, image-layout.md): the images of `index.json` that run on this machine.
 * Undefined when the archive is none.
 * @throws IMAGE_PLATFORM when all of them are for other machines
 */
export async function readOciArchive(archive: ArchiveFile): Promise<ArchivedImage[] | undefined> {
  const index = archive.find('index.json');
  if (!index || !archive.find('oci-layout')) return undefined;
  const parsed = parseManifest(await archive.read(index, maxJsonBytes), '', 'index.json');
  if (parsed.kind !== 'index') throw new SlipwayError('IMAGE_INVALID', "the archive's index.json is no index");
  const images: ArchivedImage[] = [];
  // The same image can stand there once for each of its names.
  for (const entry of ranked(parsed.index.manifests, true)) {
    const image = await readEntry(archive, entry, 0);
    if (image) images.push({ ...image, names: namesOf(entry) });
  }
  if (images.length === 0 && parsed.index.manifests.length > 0) {
    throw new SlipwayError('IMAGE_PLATFORM', "none of the archive's images is for this machine");
  }
  return images;
}

async function readEntry(
  archive: ArchiveFile,
  descriptor: Descriptor,
  depth: number,
): Promise<Omit<ArchivedImage, 'names'> | undefined> {
  const bytes = await readBlob(archive, descriptor);
  const parsed = parseManifest(bytes, descriptor.mediaType, `manifest ${descriptor.digest}`);
  if (parsed.kind === 'index') {
    if (depth >= maxIndexDepth) {
      throw new SlipwayError('IMAGE_INVALID', `indexes are nested more than ${maxIndexDepth} deep`);
    }
    for (const entry of ranked(parsed.index.manifests, false)) {
      const image = await readEntry(archive, entry, depth + 1);
      if (image) return image;
    }
    return undefined;
  }
  const { config, layers } = parsed.manifest;
  return {
    configBytes: await readBlob(archive, config),
    configDigest: config.digest,
    layers: layers.map(({ digest }) => ({ member: archive.require(blobName(digest)), digest })),
    manifestDigest: descriptor.digest,
  };
}

/** Manifests that run here, best first; those without a platform come last, or in their own order with `keepOrder`. */
function ranked(entries: readonly Descriptor[], keepOrder: boolean): Descriptor[] {
  const here = hostPlatform();
  const fitting = entries.flatMap((entry) => {
    const { platform } = entry;
    if (!platform || (platform.os === '' && platform.architecture === ''))
      return [{ entry, rank: Number.MAX_SAFE_INTEGER }];
    const rank = platformRank(here, platform);
    return rank === undefined ? [] : [{ entry, rank }];
  });
  if (!keepOrder) fitting.sort((a, b) => a.rank - b.rank);
  return fitting.map(({ entry }) => entry);
}

async function readBlob(archive: ArchiveFile, { digest }: Descriptor): Promise<Buffer> {
  const bytes = await archive.read(archive.require(blobName(digest)), maxJsonBytes);
  if (!matchesDigest(bytes, digest)) {
    throw new SlipwayError('DIGEST_MISMATCH', `${blobName(digest)} of the archive has another digest than its name`, {
      hint: 'the archive is damaged: save the image again',
    });
  }
  return bytes;
}

function blobName(digest: Descriptor['digest']): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

function namesOf({ annotations }: Descriptor): string[] {
  const name = nameKeys.map((key) => annotations?.[key]).find(Boolean);
  return name === undefined ? [] : [name];
}
