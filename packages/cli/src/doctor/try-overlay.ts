import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mountOverlay, unmount } from '@slipway/linux';

/**
 * Mounts an overlay below a directory, or below its nearest parent where it is not there yet, as the builder mounts those
 * of containers: it writes to it, and removes a file of the lower layer, which a file system without d_type gets wrong
 * (Documentation/filesystems/overlayfs.rst, "Upper and Lower"). Nothing of it stays.
 * @returns what was wrong; undefined where nothing was
 */
export function tryOverlay(directory: string): string | undefined {
  let place = directory;
  while (!existsSync(place)) place = dirname(place);
  let trial: string | undefined;
  try {
    trial = mkdtempSync(join(place, '.slipway-doctor-'));
    return tryAt(trial);
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (trial !== undefined) rmSync(trial, { recursive: true, force: true });
  }
}

function tryAt(trial: string): string | undefined {
  const at = (name: string): string => join(trial, name);
  // Two layers, as nearly every image has them.
  for (const name of ['low', 'lower', 'upper', 'work', 'target']) mkdirSync(at(name));
  writeFileSync(at('low/below'), 'below');
  writeFileSync(at('lower/removed'), 'removed');
  const target = at('target');
  mountOverlay({ lower: [at('lower'), at('low')], upper: at('upper'), work: at('work'), target });
  try {
    if (readFileSync(join(target, 'below'), 'utf8') !== 'below') return 'a file of a lower layer cannot be read';
    writeFileSync(join(target, 'written'), 'written');
    rmSync(join(target, 'removed'));
    const names = readdirSync(target).sort().join(' ');
    return names === 'below written' ? undefined : `a file that was removed is still listed: ${names}`;
  } finally {
    unmount(target, { detach: true, missingOk: true });
  }
}
