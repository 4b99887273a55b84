import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As packages/cli/bin/slipway and the supervisor start services: V8 takes no cache that was made with other flags. */
function nodeFlags(program) {
  const busy = program === 'gateway' || program === 'executor';
  return busy ? ['--max-semi-space-size=1'] : ['--max-semi-space-size=1', '--optimize-for-size'];
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
  spawnSync(
    process.execPath,
    [...nodeFlags(basename(dirname(dist))), join(dist, 'main.mjs'), '--config', '/dev/null'],
    {
      env: { ...env, SLIPWAY_WRITE_CODE_CACHE: fresh },
      stdio: 'ignore',
      timeout: 30_000,
    },
  );
  if (!existsSync(fresh)) throw new Error(`${dist}: the service did not write its code cache`);
  renameSync(fresh, cache);
}

// A package runs this on the node: code-cache.mjs DIST...
if (process.argv[1] === fileURLToPath(import.meta.url)) for (const dist of process.argv.slice(2)) writeCodeCache(dist);
