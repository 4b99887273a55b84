import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { mountOverlay, posixSpawn, unmount, waitChild } from '../src/index.js';

// The code that threads.test.ts runs in worker threads; the test runner starts this file by itself too, to no effect.
if (parentPort) await work(parentPort, (workerData as { dir: string }).dir);

async function work(port: MessagePort, dir: string): Promise<void> {
  for (const name of ['lower', 'upper', 'work', 'target']) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'lower/file'), 'content');
  const target = join(dir, 'target');
  mountOverlay({ lower: [join(dir, 'lower')], upper: join(dir, 'upper'), work: join(dir, 'work'), target });
  const content = readFileSync(join(target, 'file'), 'utf8');
  unmount(target);
  const exit = await waitChild(posixSpawn({ path: '/bin/sh', argv: ['sh', '-c', 'exit 3'] }));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  port.postMessage({ content, code: exit.code });
}
