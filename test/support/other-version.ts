import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slipwayVersion } from '@slipway/config';

const clone = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Installs a built clone into a directory as a release of another version: the same program that says so of itself.
 */
export function installVersion(directory: string, version: string, from = clone): string {
  execFileSync(process.execPath, [join(from, 'scripts/pack.mjs'), directory]);
  // V8 accepts the compiled form of a text of the same length, which has the old version.
  for (const file of caches(directory)) rmSync(file);
  for (const file of bundles(directory)) {
    const text = readFileSync(file, 'latin1');
    if (text.includes(slipwayVersion)) writeFileSync(file, text.replaceAll(slipwayVersion, version), 'latin1');
  }
  return directory;
}

function caches(directory: string): string[] {
  const services = join(directory, 'services');
  return readdirSync(services).map((name) => join(services, name, 'dist/service.cache'));
}

function bundles(directory: string): string[] {
  const all = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
  return all.filter((file) => /\/dist\/[^/]+\.(?:cjs|mjs)$/.test(file) && statSync(file).isFile());
}
