import { realpathSync, statfsSync } from 'node:fs';
import type { FilesystemCapacity } from '@slipway/contracts';
import { listMounts } from '@slipway/linux';
import type { Init } from '@slipway/protobuf';

/** Device and size of the file system of a directory; undefined when there is no such directory. */
export function fileSystemCapacity(directory: string): Init<FilesystemCapacity> | undefined {
  try {
    const { bsize, blocks } = statfsSync(directory, { bigint: true });
    return { device: deviceOf(directory), bytes: bsize * blocks };
  } catch {
    return undefined;
  }
}

const devices = new Map<string, string>();

/** The source of the mount that a directory lies on; a node's directories do not move while it runs. */
function deviceOf(directory: string): string {
  const known = devices.get(directory);
  if (known !== undefined) return known;
  const path = realpathSync(directory);
  const above = listMounts().filter(({ target }) => `${path}/`.startsWith(target === '/' ? target : `${target}/`));
  // The last of several mounts on one place is the visible one.
  const source = above.toSorted((a, b) => a.target.length - b.target.length).at(-1)?.source ?? '';
  devices.set(directory, source);
  return source;
}
