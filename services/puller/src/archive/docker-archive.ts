import { SlipwayError } from '@slipway/errors';
import { type Digest, digestOf } from '@slipway/digest';
import { maxConfigBytes } from '@slipway/registry';
import type { ArchiveFile } from './archive-file.js';
import { type ArchivedImage, maxJsonBytes } from './archived-image.js';

interface Entry {
  Config?: unknown;
  RepoTags?: unknown;
  Layers?: unknown;
}

/** The format of `docker save`: a list of images in `manifest.json` (Docker image specification v1.2, "Combined Image JSON"). */
export async function readDockerArchive(archive: ArchiveFile): Promise<ArchivedImage[] | undefined> {
  const list = archive.find('manifest.json');
  if (!list) return undefined;
  let entries: unknown;
  try {
    entries = JSON.parse((await archive.read(list, maxJsonBytes)).toString('utf8'));
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw new SlipwayError('IMAGE_INVALID', "the archive's manifest.json is not JSON", { cause });
  }
  if (!Array.isArray(entries)) throw new SlipwayError('IMAGE_INVALID', "the archive's manifest.json is not a list");
  return Promise.all(entries.map((entry: Entry | null) => readEntry(archive, entry ?? {})));
}

async function readEntry(archive: ArchiveFile, { Config, RepoTags, Layers }: Entry): Promise<ArchivedImage> {
  if (typeof Config !== 'string') throw new SlipwayError('IMAGE_INVALID', 'an image in manifest.json names no Config');
  // Go writes an empty list as null.
  const layers = strings(Layers ?? [], 'Layers');
  const configBytes = await archive.read(archive.require(Config), maxConfigBytes);
  return {
    configBytes,
    configDigest: digestOf(configBytes),
    layers: layers.map((name) => ({ member: archive.require(name), ...blobDigest(name) })),
    names: strings(RepoTags ?? [], 'RepoTags'),
  };
}

/** Newer Dockers keep layers as blobs of an OCI layout. */
function blobDigest(name: string): { digest?: Digest } {
  const [, hex] = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name) ?? [];
  return hex === undefined ? {} : { digest: `sha256:${hex}` };
}

function strings(value: unknown, what: string): string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new SlipwayError('IMAGE_INVALID', `${what} in manifest.json is not a list of strings`);
}
