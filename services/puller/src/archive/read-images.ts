import { SlipwayError } from '@slipway/errors';
import type { ArchiveFile } from './archive-file.js';
import type { ArchivedImage } from './archived-image.js';
import { readDockerArchive } from './docker-archive.js';
import { readOciArchive } from './oci-archive.js';

/**
 * The images of an archive, whichever of the two formats it has. Newer Dockers write both; then the one of
 * the standard counts.
 * @throws IMAGE_UNSUPPORTED when it is neither
 */
export async function readImages(archive: ArchiveFile): Promise<ArchivedImage[]> {
  const images = (await readOciArchive(archive)) ?? (await readDockerArchive(archive));
  if (images) return images;
  throw new SlipwayError(
    'IMAGE_UNSUPPORTED',
    'this is no image archive: it has neither manifest.json nor an OCI layout',
    {
      hint: 'write it with docker save, podman save or buildah push oci-archive:…; docker export writes no image',
    },
  );
}
