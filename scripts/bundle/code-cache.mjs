import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The flags of Node with which a service is started, as the build noted them: V8 takes no cache that was made with others. */
function nodeFlags(dist) {
  return readFileSync(join(dist, 'node-flags'), 'utf8').trim().split(' ');
}

/**
 * Writes <dist>/service.cache: what V8 has compiled by the time that a service has read its settings. It is run for
 * that with none, and ends by itself, since it is told of no NATS.
 */
export function writeCodeCache(dist) {
  const cache = join(dist, 'service.cache');
  const fresh = `${cache}.new`;
  rmSync(cache, { force: true });
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SLIPWAY_')));
  spawnSync(process.execPath, [...nodeFlags(dist), join(dist, 'main.mjs'), '--config', '/dev/null'], {
    env: { ...env, SLIPWAY_WRITE_CODE_CACHE: fresh },
    stdio: 'ignore',
    timeout: 30_000,
  });
  if (!existsSync(fresh)) throw new Error(`${dist}: the service did not write its code cache`);
  renameSync(fresh, cache);
}

// A package runs this on the node: code-cache.mjs DIST...
if (process.argv[1] === fileURLToPath(import.meta.url)) for (const dist of process.argv.slice(2)) writeCodeCache(dist);
