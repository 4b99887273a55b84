import { parentPort, workerData } from 'node:worker_threads';
import { SyscallError } from '../errno.js';
import type { FilteredReply, FilteredRequest, FilteredThreadData } from './filtered-spawn.js';
import { installFilter } from './seccomp.js';
import { posixSpawn } from './spawn.js';

/** The entry of the threads of FilteredSpawner, never imported. What this thread starts inherits its filter. */

const { profile } = workerData as FilteredThreadData;
// Bound before the filter, which may forbid the opening of libraries: a call that fails binds as well as one that succeeds.
try {
  posixSpawn({ path: '/', argv: ['/'] });
} catch (error) {
  if (!(error instanceof SyscallError)) throw error;
}
const filtered = installFilter(profile, 'thread');

function answer({ id, request }: FilteredRequest): FilteredReply {
  try {
    return { id, pid: posixSpawn(request), filtered };
  } catch (error) {
    return { id, code: error instanceof SyscallError ? error.code : 'EIO', message: (error as Error).message };
  }
}

parentPort?.on('message', (message: FilteredRequest) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  parentPort?.postMessage(answer(message));
});
