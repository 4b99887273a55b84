import { constants, getPriority, setPriority } from 'node:os';
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { SlipwayError, toSlipwayError } from '@slipway/errors';
import { startDecompressorsBy } from './decompressor.js';
import { unpackLayer } from './unpack-layer.js';
import type { SpawnReply, UnpackJob, UnpackReply, UnpackThreadData } from './unpack-protocol.js';

/** The entry of the unpack threads (see unpack-protocol.ts): started by Unpacker, never imported. */

const progressMs = 200;
const { stop, spawns } = workerData as UnpackThreadData;
// It does not keep the thread alive.
spawns.unref();
/** As nice(1) counts, on top of the process's own: the event loop and the other stages, which answer callers, go first. */
const niceness = 5;

// On Linux the priority is that of the calling thread only (setpriority(2), "C library/kernel differences").
setPriority(Math.min(getPriority() + niceness, constants.priority.PRIORITY_LOW));

startDecompressorsBy(async (request) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  spawns.postMessage(request);
  const [answer] = (await once(spawns, 'message')) as [SpawnReply];
  if ('message' in answer) throw new Error(answer.message);
  return answer.pid;
});

function reply(message: UnpackReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  parentPort?.postMessage(message);
}

function checkStop(): void {
  if (Atomics.load(stop, 0) !== 0) throw new SlipwayError('CANCELLED', 'unpacking was cancelled');
}

async function run(job: UnpackJob): Promise<void> {
  let reported = 0;
  const progress = (archiveBytes: number, entries: number): void => {
    const now = performance.now();
    if (now - reported < progressMs) return;
    reported = now;
    reply({ kind: 'progress', archiveBytes, entries });
  };
  try {
    reply({ kind: 'done', info: await unpackLayer(job, progress, checkStop) });
  } catch (error) {
    const { code, message, hint } = toSlipwayError(error, 'INTERNAL');
    reply({ kind: 'failed', code, message, hint });
  }
}

parentPort?.on('message', (job: UnpackJob) => {
  run(job).catch((error: unknown) => {
    // Ends the thread with an error event.
    queueMicrotask(() => {
      throw error;
    });
  });
});
