import { statSync } from 'node:fs';
import { join } from 'node:path';

/** The command of an installation, by the directory that holds `packages` and `services`. */
export function commandOf(tree: string): string {
  return join(tree, 'packages/cli/bin/slipway');
}

/**
 * A mark that changes when the files of an installation are replaced, as a package does in its one directory: device, inode
 * and change time of the file that is executed first. Empty where there is none.
 */
export function installationMark(tree: string): string {
  const file = join(tree, 'packages/cli/dist/main.mjs');
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
}
