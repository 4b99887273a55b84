import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { SlipwayError } from '@slipway/errors';
import { closeFd } from '../libc.js';
import {
  type CreateNamespaces,
  type InterfaceAddress,
  type NamespaceKind,
  type NamespaceOperation,
  type NamespaceOperations,
  type NamespacePaths,
  type NetDevCounters,
  namespaceKinds,
  type SocketRequest,
  type ThreadReply,
} from './namespace-protocol.js';
import { startThread } from '../start-thread.js';
import { reviveError } from '../thread-errors.js';
import { pinUserNamespace } from './user-namespace.js';

export interface CallOptions {
  /** Milliseconds until the call fails with DEADLINE; default 10 000. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

interface Pending {
  worker: Worker;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const defaultTimeoutMs = 60_000;
/** See startThread. */
declare const SLIPWAY_NAMESPACE_THREAD: string | undefined;
const threadText = typeof SLIPWAY_NAMESPACE_THREAD === 'string' ? SLIPWAY_NAMESPACE_THREAD : undefined;
const threadFile = new URL('./namespace-worker.js', import.meta.url);

/**
 * A thread that makes and enters net, ipc and uts namespaces for its process, whose
 * other threads stay where they are (namespaces(7): these are per thread). Calls run one
 * after the other. A thread that does not answer in time, dies, or cannot come back to
 * the host's namespaces is replaced at the next call.
 */
export class NamespaceThread {
  #worker: Worker | undefined;
  #starting: Promise<Worker> | undefined;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #closed = false;

  /** Makes namespaces and pins them; on failure no pin is left. Answers the pins' paths. */
  async create(request: CreateNamespaces, options?: CallOptions): Promise<NamespacePaths> {
    const { user, ...plain } = request;
    if (!user) return await this.#call('create', plain, options);
    const { dir, kinds = Object.keys(namespaceKinds) as NamespaceKind[], ...setup } = plain;
    const namespaces = await pinUserNamespace({ dir, kinds, ...user }, options);
    try {
      await this.#call('configure', { namespaces, ...setup }, options);
      return namespaces;
    } catch (error) {
      await this.remove({ dir, kinds: ['user', ...kinds] });
      throw error;
    }
  }

  /** Takes pins away; what is not there counts as done. The directory stays. */
  async remove(
    request: { dir: string; kinds?: readonly (NamespaceKind | 'user')[] | undefined },
    options?: CallOptions,
  ): Promise<void> {
    const kinds = request.kinds ?? ['user', ...(Object.keys(namespaceKinds) as NamespaceKind[])];
    await this.#call('remove', { dir: request.dir, kinds }, options);
  }

  /** A socket born in a net namespace, not connected, non-blocking: its descriptor belongs to the caller (`connectFd`). */
  async socket(request: SocketRequest, options?: CallOptions): Promise<number> {
    return (await this.#call('socket', request, options)).fd;
  }

  readSysctl(namespaces: NamespacePaths, key: string, options?: CallOptions): Promise<string> {
    return this.#call('readSysctl', { namespaces, key }, options);
  }

  async writeSysctl(namespaces: NamespacePaths, key: string, value: string, options?: CallOptions): Promise<void> {
    await this.#call('writeSysctl', { namespaces, key, value }, options);
  }

  /** The addresses of the interfaces that are up in a net namespace, loopback included. */
  addresses(netns: string, options?: CallOptions): Promise<InterfaceAddress[]> {
    return this.#call('addresses', { netns }, options);
  }

  /** The counters of every interface in a net namespace. */
  netDev(netns: string, options?: CallOptions): Promise<NetDevCounters[]> {
    return this.#call('netDev', { netns }, options);
  }

  /** The counters of several net namespaces, in their order, by one call; undefined for one that cannot be entered. */
  netDevs(netns: readonly string[], options?: CallOptions): Promise<(NetDevCounters[] | undefined)[]> {
    return this.#call('netDevs', { netns }, options);
  }

  /** Ends the thread. Calls that still run fail with CANCELLED. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker ?? (await this.#starting?.catch(() => undefined));
    this.#retire(new SlipwayError('CANCELLED', 'the namespace thread was closed'));
    await worker?.terminate();
  }

  async #call<O extends NamespaceOperation>(
    operation: O,
    request: Parameters<NamespaceOperations[O]>[0],
    { timeoutMs = defaultTimeoutMs, signal }: CallOptions = {},
  ): Promise<ReturnType<NamespaceOperations[O]>> {
    signal?.throwIfAborted();
    const worker = await this.#start();
    signal?.throwIfAborted();
    if (this.#closed) throw new SlipwayError('CANCELLED', 'the namespace thread was closed');
    const id = this.#nextId++;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // Calls run in order, so the thread hangs in this one or in one before it.
        this.#retire(
          new SlipwayError('DEADLINE', `the namespace thread did not finish ${operation} in ${timeoutMs} ms`),
          worker,
        );
      }, timeoutMs);
      const onAbort = (): void => done(() => reject(signal?.reason as Error));
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#pending.delete(id);
        if (this.#pending.size === 0) worker.unref();
        settle();
      };
      this.#pending.set(id, {
        worker,
        resolve: (result) => done(() => resolve(result as ReturnType<NamespaceOperations[O]>)),
        reject: (error) => done(() => reject(error)),
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      worker.postMessage({ id, operation, request });
    });
  }

  async #start(): Promise<Worker> {
    if (this.#closed) throw new SlipwayError('CANCELLED', 'the namespace thread was closed');
    if (this.#worker) return this.#worker;
    this.#starting ??= this.#spawn().finally(() => {
      this.#starting = undefined;
    });
    return await this.#starting;
  }

  async #spawn(): Promise<Worker> {
    // libuv makes its pool's threads at their first use, as children of the thread that asks:
    // made by a thread away from home they would stay in that sandbox's namespaces for good.
    await stat('/');
    const worker = startThread(threadFile, threadText, { name: 'namespaces' });
    worker.on('message', (reply: ThreadReply) => this.#settle(worker, reply));
    worker.on('error', (error) => this.#retire(this.#failure(error), worker));
    worker.on('exit', (code) => this.#retire(this.#failure(new Error(`it exited with ${code}`)), worker));
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #failure(cause: Error): SlipwayError {
    const object = fileURLToPath(threadFile);
    return new SlipwayError('INTERNAL', `the namespace thread ended: ${cause.message}`, { cause, object });
  }

  #settle(worker: Worker, reply: ThreadReply): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) {
      // Its caller has gone; what it made must not stay open for nobody.
      const fd = (reply.result as { fd?: unknown } | null | undefined)?.fd;
      if (typeof fd === 'number') closeFd(fd);
    } else if (reply.error) {
      pending.reject(reviveError(reply.error));
    } else {
      pending.resolve(reply.result);
    }
    if (reply.stranded) this.#retire(this.#failure(new Error('it could not return to the host namespaces')), worker);
  }

  /** Ends a thread and fails what waits for it; the next call starts another. */
  #retire(error: SlipwayError, worker = this.#worker): void {
    if (worker === this.#worker) this.#worker = undefined;
    for (const pending of this.#pending.values()) if (pending.worker === worker) pending.reject(error);
    worker?.terminate().catch(() => undefined);
  }
}
