import { stat } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import { startThread } from '@slipway/linux';
import { DeadlineTimer } from '@slipway/time';
import type { NativeOutcome, PluginCall, ThreadAnswer, ThreadRequest, UnexpectedListener } from './plugin-call.js';

declare const SLIPWAY_CNI_THREAD: string | undefined;
/** See startThread. */
const threadText = typeof SLIPWAY_CNI_THREAD === 'undefined' ? undefined : SLIPWAY_CNI_THREAD;
const threadFile = new URL('./native-worker.js', import.meta.url);

interface Waiting {
  call: PluginCall;
  settle(outcome: NativeOutcome): void;
}

/** A call that was cancelled while the thread works on it may end by itself for so many milliseconds, so that others keep their thread. */
const cancelMs = 2000;

/**
 * The thread that carries out what native plugins do in net namespaces and by netlink, one call after the other:
 * entering a pod's net namespace and the kernel's own lock allow no more at a time anyway. A call that passes its
 * deadline ends the thread, as it would end a plugin's program; the next call starts another one.
 */
export class PluginThread {
  #worker: Worker | undefined;
  #current: (Waiting & { id: number }) | undefined;
  readonly #queue: Waiting[] = [];
  #nextId = 1;
  #closed = false;
  readonly #onUnexpected: UnexpectedListener | undefined;

  /** @param onUnexpected receives the reason why a call goes on to the plugin's program after the native plugin has failed. */
  constructor(onUnexpected?: UnexpectedListener) {
    this.#onUnexpected = onUnexpected;
  }

  /** Never rejects. `signal` cancels a call that waits immediately, one that runs when it has ended. */
  async run(call: PluginCall, signal?: AbortSignal): Promise<NativeOutcome> {
    if (signal?.aborted) return { killed: 'cancelled' };
    // libuv's threads must not be made by a thread that is in a pod's namespace: they would stay there.
    await stat('/');
    return await new Promise((resolve) => {
      let cancelled: NodeJS.Timeout | undefined;
      const waiting: Waiting = {
        call,
        settle: (outcome) => {
          timer[Symbol.dispose]();
          clearTimeout(cancelled);
          signal?.removeEventListener('abort', cancel);
          resolve(signal?.aborted ? { killed: 'cancelled' } : outcome);
        },
      };
      const timer = new DeadlineTimer(call.deadline, () => this.#giveUp(waiting, 'deadline'));
      const cancel = (): void => {
        if (this.#current?.settle !== waiting.settle) this.#giveUp(waiting, 'cancelled');
        else cancelled = setTimeout(() => this.#giveUp(waiting, 'cancelled'), cancelMs);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#queue.push(waiting);
      this.#next();
    });
  }

  /** Ends the thread. Calls that run or wait are cancelled. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    for (const waiting of this.#queue.splice(0)) waiting.settle({ killed: 'cancelled' });
    this.#end({ killed: 'cancelled' });
    await worker?.terminate();
  }

  #next(): void {
    const waiting = this.#current ? undefined : this.#queue.shift();
    if (waiting === undefined) return;
    if (this.#closed) {
      waiting.settle({ killed: 'cancelled' });
      return;
    }
    this.#current = { ...waiting, id: this.#nextId++ };
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    const request: ThreadRequest = { id: this.#current.id, call: waiting.call };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    worker.postMessage(request);
  }

  #start(): Worker {
    const worker = startThread(threadFile, threadText, { name: 'native-plugins' });
    worker.on('message', (answer: ThreadAnswer) => this.#answered(worker, answer));
    worker.on('error', (error) => this.#ended(worker, error.message));
    worker.on('exit', (code) => this.#ended(worker, `it exited with ${code}`));
    worker.unref();
    return worker;
  }

  #answered(worker: Worker, answer: ThreadAnswer): void {
    if (worker !== this.#worker || answer.id !== this.#current?.id) return;
    const current = this.#current;
    this.#current = undefined;
    if ('unexpected' in answer && answer.stranded) this.#worker = undefined;
    worker.unref();
    if ('unexpected' in answer) this.#onUnexpected?.(answer.unexpected, current.call);
    current.settle(answer);
    this.#next();
  }

  #ended(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    const unexpected = `the thread of native plugins ended: ${reason}`;
    if (this.#current) this.#onUnexpected?.(unexpected, this.#current.call);
    this.#end({ unexpected });
  }

  #giveUp(waiting: Waiting, why: 'deadline' | 'cancelled'): void {
    const at = this.#queue.indexOf(waiting);
    if (at >= 0) this.#queue.splice(at, 1);
    else if (this.#current?.settle === waiting.settle) {
      this.#end({ killed: why });
      return;
    }
    waiting.settle({ killed: why });
  }

  /** Ends the thread and the call that it works on; the calls that wait get another. */
  #end(outcome: NativeOutcome): void {
    const [worker, current] = [this.#worker, this.#current];
    this.#worker = undefined;
    this.#current = undefined;
    worker?.terminate().catch(() => undefined);
    current?.settle(outcome);
    this.#next();
  }
}
