import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';

const sbinDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** The absolute path of a program: a bare name is looked for in PATH, then where administrators' programs are. Throws INVALID_CONFIG. */
export function findBinary(name: string): string {
  const directories = [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...sbinDirectories];
  const candidates = name.includes('/') ? [name] : directories.map((directory) => join(directory, name));
  for (const path of candidates) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next one may be there.
    }
  }
  throw new SlipwayError('INVALID_CONFIG', `${name} is not installed`, {
    hint: `install it, or set its path in the configuration`,
  });
}
