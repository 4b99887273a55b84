import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, constants, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
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
  if (existsSync(target)) return target;
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
  return target;
}
