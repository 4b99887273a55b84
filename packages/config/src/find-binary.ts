import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';

const sbinDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/**
 * The absolute path of a program: a bare name is looked for in PATH, then where administrators' programs are.
 * @throws INVALID_CONFIG where there is none that can be executed
 */
export function findBinary(name: string): string {
  const path = lookUp(name);
  if (path !== undefined) return path;
  throw new SlipwayError('INVALID_CONFIG', `${name} is not installed`, {
    hint: `install it, or set its path in the configuration`,
  });
}

/** Whether findBinary finds it. */
export function isInstalled(name: string): boolean {
  return lookUp(name) !== undefined;
}

function lookUp(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...sbinDirectories];
  const candidates = name.includes('/') ? [name] : directories.map((directory) => join(directory, name));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
