import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { noRegistry, startRegistry } from './helpers/debian-registry.js';
import { makeImage } from './helpers/images.js';
import { tempDir } from './helpers/temp.js';

const MiB = 1024 * 1024;
const child = fileURLToPath(new URL('helpers/download-child.js', import.meta.url));

/** Runs the downloading process, and kills it once it has `killAt` bytes more than it found; tells what it fetched. */
function run(args: string[], killAt: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const running = fork(child, args);
    let fetched: number | undefined;
    let first: number | undefined;
    running.on('message', (message: { bytes?: number; fetched?: number }) => {
      fetched = message.fetched ?? fetched;
      first ??= message.bytes;
      if (message.bytes !== undefined && message.bytes - (first ?? 0) >= killAt) running.kill('SIGKILL');
    });
    running.on('exit', () => resolve(fetched));
  });
}

test('a process that is killed again and again in the middle loses little, and nothing is wrong', {
  skip: noRegistry,
}, async (t) => {
  const registry = await startRegistry(t);
  const layer = randomBytes(96 * MiB);
  const image = makeImage({ layers: [layer] });
  await registry.push('app', 'v1', image);
  const dir = await tempDir(t);
  const path = join(dir, 'layer');
  const args = [registry.host, image.layerDescriptors[0]?.digest ?? '', String(layer.length), path];
  let kills = 0;
  while (kills < 4 && (await run(args, (8 + Math.random() * 8) * MiB)) === undefined) kills++;
  assert.ok(kills > 0, 'it was killed at least once');
  const fetched = await run(args, Number.POSITIVE_INFINITY);
  assert.ok(fetched !== undefined && fetched < layer.length - 4 * MiB, `${fetched} bytes fetched at the end`);
  assert.ok((await readFile(path)).equals(layer));
  assert.deepEqual(await readdir(dir), ['layer']);
});
