import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';

/** Where the parts of a bundle lie; the layout is the OCI runtime-spec's bundle.md with overlayfs beside it. */
export interface BundlePaths {
  directory: string;
  config: string;
  /** config.json as it was built, where NRI plugins had it changed. */
  built: string;
  /** Where the overlay is mounted. */
  rootfs: string;
  upper: string;
  work: string;
  /** Stands in for the layers of an image that has none. */
  empty: string;
  /** /etc/hosts, where the client brings none. */
  hosts: string;
  /** Layers are mounted here for a moment, while an overlay is made of them. */
  staging: string;
  /** A mount for each volume whose ids are mapped. */
  volumes: string;
  /** A mount for each image volume. */
  images: string;
  /** The request and its answer: written last, so that a bundle without it is incomplete. */
  answer: string;
}

/** The paths of a container's bundle, or of a sandbox's infra bundle. @throws SlipwayError INVALID_REQUEST */
export function bundlePaths(root: string, id: string): BundlePaths {
  // An id is a path's last part here, and bundles are removed whole.
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(id)) {
    throw new SlipwayError('INVALID_REQUEST', `${JSON.stringify(id)} is no id of a container or sandbox`);
  }
  const directory = join(root, 'bundles', id);
  const at = (name: string): string => join(directory, name);
  return {
    directory,
    config: at('config.json'),
    built: at('config.built.json'),
    rootfs: at('rootfs'),
    upper: at('upper'),
    work: at('work'),
    empty: at('empty'),
    hosts: at('hosts'),
    staging: at('staging'),
    volumes: at('volumes'),
    images: at('images'),
    answer: at('answer.json'),
  };
}
