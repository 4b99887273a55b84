import type { ContainerConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { hasCode, readFileIfInRoot } from '@slipway/linux';
import { type ImageConfig, type ResolvedUser, resolveUser } from '@slipway/oci-spec';

/** Far beyond any real one. A hostile image fills no memory, and keeps no runtime, which reads them too, at it for long. */
const maxBytes = 1 << 20;

/** The user of the container's process, by the passwd and group files of its own rootfs. */
export function userInRootfs(rootfs: string, container: ContainerConfig, image: ImageConfig): ResolvedUser {
  return resolveUser({
    security: container.linux?.securityContext,
    image,
    passwd: readIfThere(rootfs, '/etc/passwd'),
    group: readIfThere(rootfs, '/etc/group'),
  });
}

function readIfThere(rootfs: string, path: string): string {
  try {
    return readFileIfInRoot(rootfs, path, { maxBytes })?.toString() ?? '';
  } catch (error) {
    // Something else is there: a FIFO, a directory, a loop of links.
    if (hasCode(error, 'ENOTDIR', 'EINVAL', 'ELOOP', 'EISDIR', 'ENXIO')) return '';
    if (hasCode(error, 'EFBIG')) {
      throw new SlipwayError('IMAGE_INVALID', `the image's ${path} has more than ${maxBytes} bytes`, { cause: error });
    }
    throw error;
  }
}
