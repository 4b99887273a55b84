import { availableParallelism } from 'node:os';
import { SlipwayError } from '@slipway/errors';
import { Limit } from '@slipway/time';
import { defaultLimits, type LayerInfo, type LayerLimits } from '../store/layer-info.js';
import type { LayerOrigin } from '../store/layer-info.js';
import type { LayerStore } from '../store/store.js';
import type { UnpackJob } from './unpack-protocol.js';
import { type RunningJob, UnpackThread } from './unpack-thread.js';

export interface UnpackerOptions {
  /** Layers unpacked at the same time, each by a thread of its own. Default: the machine's cores, at most 4. */
  readonly parallel?: number | undefined;
  readonly limits?: Partial<LayerLimits> | undefined;
  /** How long an idle thread is kept, in milliseconds. Default 10 000. */
  readonly idleMs?: number | undefined;
}

export interface UnpackProgress {
  /** Uncompressed bytes read so far. */
  readonly archiveBytes: number;
  readonly entries: number;
}

export interface UnpackRequest {
  /** The blob's file; it is only read. */
  readonly blobPath: string;
  /** As in the manifest, for messages only: the blob's first bytes show the compression. */
  readonly mediaType?: string | undefined;
  readonly diffID: string;
  readonly blobDigest?: string | undefined;
  /** Noted with the layer where this makes it. */
  readonly origin?: LayerOrigin | undefined;
  readonly store: LayerStore;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: UnpackProgress) => void) | undefined;
}

/** Unpacks layers in threads, several at a time: the caller's event loop stays free. */
export class Unpacker {
  readonly #parallel: number;
  readonly #limits: LayerLimits;
  readonly #idleMs: number;
  readonly #idle: { thread: UnpackThread; timer: NodeJS.Timeout }[] = [];
  readonly #ending = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #busy = 0;

  constructor(options: UnpackerOptions = {}) {
    this.#parallel = Math.max(1, options.parallel ?? Math.min(4, availableParallelism()));
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#idleMs = options.idleMs ?? 10_000;
  }

  /**
   * Unpacks a blob into the store, or finds the layer there. The same layer asked for by many,
   * in this process and others, is unpacked once. Rejects with IMAGE_INVALID, IMAGE_UNSUPPORTED,
   * DIGEST_MISMATCH, LIMIT_EXCEEDED, DISK_FULL, CANCELLED (the signal, within moments), or
   * INTERNAL when the thread or its decompressor died; nothing is visible in the store then.
   */
  async unpack(request: UnpackRequest): Promise<LayerInfo> {
    using limit = new Limit({ signals: [this.#closing.signal, request.signal] });
    const { signal } = limit;
    const work = this.#unpack(request, signal);
    this.#running.add(work);
    try {
      return await work;
    } catch (error) {
      throw this.#described(error, request, signal);
    } finally {
      this.#running.delete(work);
    }
  }

  /** Cancels what runs and ends all threads; resolves when they are gone. */
  async close(): Promise<void> {
    this.#closing.abort(new SlipwayError('CANCELLED', 'the unpacker is closed'));
    for (const wake of this.#waiting.splice(0)) wake();
    await Promise.allSettled(this.#running);
    for (const { thread, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      this.#end(thread);
    }
    await Promise.all(this.#ending);
  }

  async #unpack(request: UnpackRequest, signal: AbortSignal): Promise<LayerInfo> {
    const { store, diffID, blobPath, blobDigest, origin } = request;
    const { root, bootID } = store.layout;
    const lock = await store.lock(diffID, signal);
    try {
      const found = await store.info(diffID);
      if (found) return found;
      await this.#slot(signal);
      try {
        const job = { blobPath, blobDigest, origin, diffID, limits: this.#limits, root, bootID };
        const onProgress = (archiveBytes: number, entries: number): void =>
          request.onProgress?.({ archiveBytes, entries });
        const info = await this.#run(job, { onProgress, signal });
        store.committed(info);
        return info;
      } finally {
        this.#busy--;
        this.#waiting.shift()?.();
      }
    } finally {
      await lock.release();
    }
  }

  async #slot(signal: AbortSignal): Promise<void> {
    while (this.#busy >= this.#parallel) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          const at = this.#waiting.indexOf(wake);
          if (at >= 0) this.#waiting.splice(at, 1);
          resolve();
        };
        this.#waiting.push(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
      if (signal.aborted) {
        // The turn may have been given to this one: pass it on.
        if (this.#busy < this.#parallel) this.#waiting.shift()?.();
        signal.throwIfAborted();
      }
    }
    signal.throwIfAborted();
    this.#busy++;
  }

  async #run(job: UnpackJob, running: RunningJob): Promise<LayerInfo> {
    let thread: UnpackThread | undefined;
    while (!thread?.alive) {
      const idle = this.#idle.pop();
      if (!idle) {
        thread = new UnpackThread();
        break;
      }
      clearTimeout(idle.timer);
      thread = idle.thread;
    }
    try {
      return await thread.run(job, running);
    } finally {
      this.#rest(thread);
    }
  }

  #rest(thread: UnpackThread): void {
    if (!thread.alive || this.#closing.signal.aborted) {
      this.#end(thread);
      return;
    }
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((idle) => idle.thread === thread);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#end(thread);
    }, this.#idleMs).unref();
    this.#idle.push({ thread, timer });
  }

  #end(thread: UnpackThread): void {
    const ending = thread.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #described(error: unknown, request: UnpackRequest, signal: AbortSignal): unknown {
    const object = `layer ${request.blobDigest ?? request.diffID}`;
    if (signal.aborted && !(error instanceof SlipwayError && error.code !== 'CANCELLED')) {
      return new SlipwayError('CANCELLED', 'unpacking was cancelled', { object, cause: error });
    }
    if (!(error instanceof SlipwayError)) return error;
    const type = request.mediaType === undefined ? '' : ` (${request.mediaType})`;
    return new SlipwayError(error.code, `${error.message}${type}`, { object, hint: error.hint, cause: error.cause });
  }
}
