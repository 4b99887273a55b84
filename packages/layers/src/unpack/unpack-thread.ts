import { once } from 'node:events';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { SlipwayError } from '@slipway/errors';
import { type SpawnRequest, startThread } from '@slipway/linux';
import { startFilteredDecompressor } from './decompressor.js';
import type { LayerInfo } from '../store/layer-info.js';
import type { SpawnReply, UnpackJob, UnpackReply, UnpackThreadData } from './unpack-protocol.js';

/** See startThread. */
declare const SLIPWAY_UNPACK_THREAD: string | undefined;
const threadText = typeof SLIPWAY_UNPACK_THREAD === 'string' ? SLIPWAY_UNPACK_THREAD : undefined;
const threadFile = new URL('./unpack-worker.js', import.meta.url);

export interface RunningJob {
  readonly onProgress: (archiveBytes: number, entries: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Starts the decompressors that a thread asks for. */
function answerSpawns(port: MessagePort): void {
  port.on('message', (request: SpawnRequest) => {
    startFilteredDecompressor(request).then(
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
      (pid) => port.postMessage({ pid } satisfies SpawnReply),
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the same
      (error: Error) => port.postMessage({ message: error.message } satisfies SpawnReply),
    );
  });
  port.unref();
}

/**
 * An unpack thread, with one job at a time. It is a thread and not a process because of memory:
 * a thread takes some 15 MB, another Node 70.
 */
export class UnpackThread {
  readonly #worker: Worker;
  /** 1 asks the thread to end its job; see unpack-protocol.ts. */
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #ended: Promise<string>;
  #alive = true;

  constructor() {
    const { port1, port2: spawns } = new MessageChannel();
    answerSpawns(port1);
    const workerData: UnpackThreadData = { stop: this.#stop, spawns };
    // Nothing of the parent's own flags (loaders). Descriptors come from system calls that Node does not
    // see: it would warn at each that is closed, and the job closes all of them itself.
    this.#worker = startThread(threadFile, threadText, {
      workerData,
      transferList: [spawns],
      execArgv: [],
      trackUnmanagedFds: false,
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once('error', (error) => resolve(error.message));
      this.#worker.once('exit', (code) => resolve(`exit ${code}`));
    });
    this.#ended.then(
      () => {
        this.#alive = false;
      },
      () => undefined,
    );
    // An idle thread does not keep the process alive.
    this.#worker.unref();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Unpacks one layer into its store. When the signal comes, the thread is asked to stop, and the promise
   * rejects once it has: nothing of it is left.
   */
  async run(job: UnpackJob, { onProgress, signal }: RunningJob): Promise<LayerInfo> {
    const worker = this.#worker;
    const stop = (): void => void Atomics.store(this.#stop, 0, 1);
    let onMessage: ((reply: UnpackReply) => void) | undefined;
    worker.ref();
    try {
      signal?.throwIfAborted();
      Atomics.store(this.#stop, 0, 0);
      signal?.addEventListener('abort', stop, { once: true });
      const replied = new Promise<LayerInfo>((resolve, reject) => {
        onMessage = (reply) => {
          if (reply.kind === 'progress') onProgress(reply.archiveBytes, reply.entries);
          else if (reply.kind === 'done') resolve(reply.info);
          else reject(new SlipwayError(reply.code, reply.message, { hint: reply.hint }));
        };
        worker.on('message', onMessage);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        worker.postMessage(job);
      });
      const crashed = this.#ended.then((how): never => {
        throw new SlipwayError('INTERNAL', `the unpack thread ended: ${how}`, { hint: 'the pull can be repeated' });
      });
      return await Promise.race([replied, crashed]);
    } catch (error) {
      if (signal?.aborted) throw new SlipwayError('CANCELLED', 'unpacking was cancelled', { cause: signal.reason });
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      if (onMessage) worker.off('message', onMessage);
      worker.unref();
    }
  }

  /** Ends the thread, which must be idle; resolves when it is gone. */
  async close(): Promise<void> {
    if (!this.#alive) return;
    this.#worker.ref();
    const exited = once(this.#worker, 'exit');
    await this.#worker.terminate();
    await exited;
  }
}
