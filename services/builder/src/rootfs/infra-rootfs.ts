import { randomUUID } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  copyFileSync,
  constants,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';

/** The init's place in the infra root. */
export const infraInit = '/catatonit';

/**
 * The root file system of infra containers: catatonit and the places of /proc and /dev.
 * Every infra container has the same one, read-only. A catatonit that was replaced
 * gets a root of its own, and running containers keep theirs.
 */
export function infraRootfs(root: string, catatonit: string): string {
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(catatonit);
  } catch (cause) {
    throw new SlipwayError('INVALID_CONFIG', `runtime.catatonit: ${catatonit} cannot be read`, {
      hint: "install Debian's catatonit, or set runtime.catatonit",
      cause,
    });
  }
  const target = join(root, 'infra', `${stat.ino}-${Math.trunc(stat.mtimeMs)}-${stat.size}`);
  if (existsSync(target)) return executable(target);
  const made = join(root, 'infra', `.${randomUUID()}`);
  mkdirSync(join(made, 'proc'), { recursive: true });
  mkdirSync(join(made, 'dev'));
  copyFileSync(catatonit, join(made, infraInit), constants.COPYFILE_FICLONE);
  chmodSync(join(made, infraInit), 0o555);
  chmodSync(made, 0o755);
  try {
    renameSync(made, target);
  } catch (error) {
    rmSync(made, { recursive: true });
    // Another builder was quicker.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
  return executable(target);
}

/** Throws INVALID_CONFIG where the root's file system is mounted without execution: no init runs from there. */
function executable(rootfs: string): string {
  const init = join(rootfs, infraInit);
  try {
    accessSync(init, constants.X_OK);
  } catch (cause) {
    if (!hasCode(cause, 'EACCES')) throw cause;
    throw new SlipwayError('INVALID_CONFIG', `${init}, the init of pods with an infra container, cannot be executed`, {
      hint: 'mount the file system of the root directory without noexec, or set root to a directory elsewhere',
      cause,
    });
  }
  return rootfs;
}
