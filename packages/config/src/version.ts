import { readFileSync } from 'node:fs';

/** The build puts the text here in bundles, which have no package.json of the clone beside them. */
declare const SLIPWAY_VERSION: string | undefined;

/** Slipway's own version (semver), of all its processes: `version` in the package.json at the top of the clone. */
export const slipwayVersion: string = typeof SLIPWAY_VERSION === 'string' ? SLIPWAY_VERSION : versionOfClone();

function versionOfClone(): string {
  const manifest = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
