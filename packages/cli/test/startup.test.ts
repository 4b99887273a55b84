import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('..', import.meta.url));
const main = join(dist, 'main.mjs');

/** The parts of the bundle that node loads before the first statement runs: the static imports, and theirs. */
function loadedFirst(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, name = ''] of text.matchAll(/\b(?:from|import)"(\.\/[^"]+)"/g)) {
    loadedFirst(join(dirname(file), name), found);
  }
  return found;
}

test('every command starts without the clients of NATS, Redis and gRPC, which only some of them use', {
  skip: !existsSync(main) && 'the command line is not bundled',
}, () => {
  const parts = [...loadedFirst(main)];
  assert.ok(parts.length > 1, 'it consists of several parts');
  const sources = parts.flatMap((file) => {
    return (JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] }).sources;
  });
  assert.ok(
    sources.some((source) => source.endsWith('/program.ts') || source.endsWith('/program.js')),
    'the maps name the modules',
  );
  const clients = /\/node_modules\/(nats|nkeys\.js|ioredis|@grpc\/grpc-js|undici|pino|yaml)\//;
  assert.deepEqual(
    sources.filter((source) => clients.test(source)),
    [],
  );
});
