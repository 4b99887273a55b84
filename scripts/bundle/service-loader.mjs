// Starts the service beside this file: service.cjs, with what V8 compiled of it at the build in service.cache. Compiling
// is most of a service's start, and stages are started while somebody waits. Without the cache, or with one of
// another node, V8 compiles as ever. See scripts/bundle/code-cache.mjs.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const directory = dirname(fileURLToPath(import.meta.url));
const filename = join(directory, 'service.cjs');

/**
 * The node that runs this: its versions, how it was built, the size of its executable. It is the first line of a cache,
 * because V8 itself compares its own version without node's part of it: node 20.19 takes a cache of 20.20, both with V8
 * 11.3.244.8, and ends with SIGSEGV, because objects in their snapshots have other places. The line is as long as the
 * alignment that V8 wants for what follows it.
 */
function thisNode() {
  const text = JSON.stringify([process.versions, process.arch, process.config, statSync(process.execPath).size]);
  return Buffer.from(`${text.padEnd(Math.ceil((text.length + 1) / 8) * 8 - 1)}\n`);
}

function readCache() {
  let cache;
  try {
    cache = readFileSync(join(directory, 'service.cache'));
  } catch {
    return undefined;
  }
  const node = thisNode();
  return cache.subarray(0, node.length).equals(node) ? cache.subarray(node.length) : undefined;
}

// The bundle holds ASCII alone: a string of one byte a character.
const script = new Script(readFileSync(filename, 'latin1'), {
  filename,
  cachedData: readCache(),
  importModuleDynamically: (name) => import(name),
});
const target = process.env.SLIPWAY_WRITE_CODE_CACHE;
if (target) {
  const write = () => writeFileSync(target, Buffer.concat([thisNode(), script.createCachedData()]));
  process.once('exit', write);
}
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(filename), module, filename, directory);
