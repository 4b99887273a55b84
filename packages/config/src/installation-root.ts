import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SlipwayError } from '@slipway/errors';

/**
 * The directory that holds `packages` and `services`: a clone, or the tree of a package. The compiled and the bundled file
 * lie at different depths.
 * @throws INVALID_CONFIG where this program lies in no such tree
 */
export function installationRoot(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== '/'; at = dirname(at)) {
    if (existsSync(join(at, 'services')) && existsSync(join(at, 'packages'))) return at;
  }
  throw new SlipwayError('INVALID_CONFIG', 'the services are not beside this program', { hint: 'install it whole' });
}
