import type { ContainerConfig } from '@slipway/cri';
import { hasCode, readFileIfInRoot } from '@slipway/linux';
import { type ImageConfig, invalidField, type ResolvedUser, resolveUser } from '@slipway/oci-spec';

/** Far beyond any real one; keeps a hostile image from filling our memory. */
const maxBytes = 8 << 20;

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
    if (hasCode(error, 'EFBIG')) throw invalidField(`image ${path}`, 'it is too large to be read', { cause: error });
    throw error;
  }
}
