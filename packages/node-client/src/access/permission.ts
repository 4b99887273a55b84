import { accessSync, constants } from 'node:fs';
import { SlipwayError } from '@slipway/errors';

/** Whether a file is there that this user may not open, or lies where this user may not look. */
export function isDenied(path: string, mode: number = constants.R_OK): boolean {
  try {
    accessSync(path, mode);
    return false;
  } catch (error) {
    return ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** @throws NOT_PERMITTED where one of the files is there and this user may not open it */
export function requireAccess(paths: readonly string[], mode?: number): void {
  const denied = paths.find((path) => isDenied(path, mode));
  if (denied !== undefined) throw notPermitted(denied, 'only its owner may open it');
}

/** @throws NOT_PERMITTED for everybody but root */
export function requireRoot(what: string): void {
  if (process.geteuid?.() !== 0) throw notPermitted(undefined, `${what} needs root`);
}

function notPermitted(object: string | undefined, what: string): SlipwayError {
  return new SlipwayError('NOT_PERMITTED', `${what}, and this is user ${process.geteuid?.()}`, { object });
}
