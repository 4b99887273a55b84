import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SlipwayError } from '@slipway/errors';

/** The name of the file that keeps the old content. */
export const keptSuffix = '.before-slipway';

/**
 * Writes a file in one step, with the mode and owner of the one that is there, which is kept beside it: the first one
 * ever, so that a second run does not take what the first has written for what was there before.
 * @throws NOT_PERMITTED, INVALID_REQUEST
 */
export function writePlanned(path: string, before: string | undefined, after: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const fresh = `${path}.new`;
    const stat = before === undefined ? undefined : statSync(path);
    // Secrets may be in there: nobody else may read it at any time.
    writeFileSync(fresh, after, { mode: 0o600 });
    chmodSync(fresh, stat === undefined ? 0o644 : stat.mode & 0o7777);
    if (stat) {
      chownSync(fresh, stat.uid, stat.gid);
      const kept = `${path}${keptSuffix}`;
      if (!existsSync(kept)) writeFileSync(kept, before ?? '', { mode: stat.mode & 0o7777 });
    }
    renameSync(fresh, path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    throw new SlipwayError(denied ? 'NOT_PERMITTED' : 'INVALID_REQUEST', `it cannot be written: ${message}`, {
      object: path,
      hint: 'what was written before it is named above; run it again once the reason is gone',
      cause,
    });
  }
}
