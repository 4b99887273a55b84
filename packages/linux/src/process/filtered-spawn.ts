import type { Worker } from 'node:worker_threads';
import type { SystemCallProfile } from '@slipway/capabilities';
import { SyscallError } from '../errno.js';
import type { SpawnRequest } from './spawn.js';
import { startThread } from '../start-thread.js';

export interface FilteredThreadData {
  profile: SystemCallProfile;
}

export interface FilteredRequest {
  id: number;
  request: SpawnRequest;
}

export type FilteredReply =
  | { id: number; pid: number; filtered: boolean }
  | { id: number; code: string; message: string };

/** The thread takes some 10 MB: it ends when nothing came for so many milliseconds. */
const idleMs = 15_000;

/** See startThread. */
declare const SLIPWAY_FILTERED_SPAWN_THREAD: string | undefined;
const threadText = typeof SLIPWAY_FILTERED_SPAWN_THREAD === 'string' ? SLIPWAY_FILTERED_SPAWN_THREAD : undefined;
const threadFile = new URL('./filtered-spawn-worker.js', import.meta.url);

interface Pending {
  resolve(pid: number): void;
  reject(error: Error): void;
}

/**
 * Starts programs under a filter of system calls. A filter must be there before the program begins, and is inherited from the
 * thread that starts it: so a thread of its own has it, and the rest of this process has not.
 */
export class FilteredSpawner {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 1;

  constructor(readonly profile: SystemCallProfile) {}

  /** Starts the thread, which takes some milliseconds, before it is needed. */
  prepare(): void {
    this.#thread();
    this.#rest();
  }

  /**
   * Starts a program, as posixSpawn() does, which says how it is waited for.
   * @returns its pid
   * @throws SyscallError
   */
  async spawn(request: SpawnRequest): Promise<number> {
    clearTimeout(this.#idle);
    const worker = this.#thread();
    const id = this.#next++;
    worker.ref();
    try {
      return await new Promise<number>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        worker.postMessage({ id, request } satisfies FilteredRequest);
      });
    } finally {
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#rest();
    }
  }

  #rest(): void {
    this.#worker?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const worker = this.#worker;
      this.#worker = undefined;
      worker?.terminate().catch(() => undefined);
    }, idleMs).unref();
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker;
    const workerData: FilteredThreadData = { profile: this.profile };
    const worker = startThread(threadFile, threadText, { workerData, execArgv: [], trackUnmanagedFds: false });
    worker.on('message', (reply: FilteredReply) => {
      const pending = this.#pending.get(reply.id);
      if ('pid' in reply) pending?.resolve(reply.pid);
      else pending?.reject(new SyscallError(reply.code, 'posix_spawn', undefined, reply.message));
    });
    const ended = (why: string): void => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const pending of this.#pending.values())
        pending.reject(
          new SyscallError('EIO', 'posix_spawn', undefined, `the thread that starts programs ended: ${why}`),
        );
    };
    worker.on('error', (error) => ended(error.message));
    worker.on('exit', (code) => ended(`exit ${code}`));
    this.#worker = worker;
    return worker;
  }
}
