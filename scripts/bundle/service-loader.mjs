// Starts the service beside this file: service.cjs, with what V8 made of it at the build in service.cache. Compiling
// is most of a service's start, and stages are started while somebody waits. Without the cache, or with one of
// another node, V8 compiles as ever. See scripts/bundle/code-cache.mjs.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const directory = dirname(fileURLToPath(import.meta.url));
const filename = join(directory, 'service.cjs');

function readCache() {
  try {
    return readFileSync(join(directory, 'service.cache'));
  } catch {
    return undefined;
  }
}

// The bundle holds ASCII alone: a string of one byte a character.
const script = new Script(readFileSync(filename, 'latin1'), {
  filename,
  cachedData: readCache(),
  importModuleDynamically: (name) => import(name),
});
const target = process.env.SLIPWAY_WRITE_CODE_CACHE;
if (target) process.once('exit', () => writeFileSync(target, script.createCachedData()));
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(filename), module, filename, directory);
