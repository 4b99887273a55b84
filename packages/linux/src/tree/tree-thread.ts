import type { Worker } from 'node:worker_threads';
import { SlipwayError } from '@slipway/errors';
import type { TreeUsage } from './measure-tree.js';
import { startThread } from '../start-thread.js';
import { reviveError } from '../thread-errors.js';
import {
  type TreeArguments,
  type TreeCall,
  type TreeKind,
  type TreeReply,
  type TreeResult,
  treeWork,
} from './tree-protocol.js';

export interface TreeOptions {
  signal?: AbortSignal | undefined;
}

/** A tree of so few entries is done with on the spot, which takes less than another thread's start. */
const inlineSteps = { remove: 64, measure: 256 };
/** The thread takes some 10 MB: it ends when nothing came for so many milliseconds. */
const idleMs = 15_000;

interface Pending {
  resolve(reply: TreeReply): void;
  reject(error: Error): void;
}

/** See startThread. */
declare const SLIPWAY_TREE_THREAD: string | undefined;
const threadText = typeof SLIPWAY_TREE_THREAD === 'string' ? SLIPWAY_TREE_THREAD : undefined;
const threadFile = new URL('./tree-worker.js', import.meta.url);

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let nextId = 1;
const pending = new Map<number, Pending>();

/**
 * Removes whatever `path` names, as {@link import('./remove-tree.js').removalSteps} says. A large tree is removed on a
 * thread that all of these share in turns, so the event loop goes on. An abort rejects immediately and leaves a part; the
 * same call again removes the rest.
 */
export async function removeTree(path: string, { signal }: TreeOptions = {}): Promise<void> {
  signal?.throwIfAborted();
  const steps = treeWork.remove(path);
  for (let count = 0; count < inlineSteps.remove; count++) if (steps.next().done) return;
  steps.return();
  await run('remove', [path], signal);
}

/**
 * The size of a tree, as {@link import('./measure-tree.js').measureSteps} says, a large one's from the shared thread;
 * `workedMs` is how many milliseconds the walk took.
 */
export async function measureTree(
  path: string,
  { signal }: TreeOptions = {},
): Promise<TreeUsage & { workedMs: number }> {
  signal?.throwIfAborted();
  const began = performance.now();
  const steps = treeWork.measure(path);
  for (let count = 0; count < inlineSteps.measure; count++) {
    const step = steps.next();
    if (step.done) return { ...step.value, workedMs: performance.now() - began };
  }
  steps.return({ bytes: 0, inodes: 0 });
  const { result = { bytes: 0, inodes: 0 }, workedMs } = await run('measure', [path], signal);
  return { ...result, workedMs };
}

/** Sets an extended attribute in a whole tree, as {@link import('./label-tree.js').labelSteps} says, on the shared thread. */
export async function labelTree(
  path: string,
  attribute: string,
  value: string,
  { signal }: TreeOptions = {},
): Promise<void> {
  await run('label', [path, attribute, value], signal);
}

async function run<K extends TreeKind>(
  kind: K,
  args: TreeArguments<K>,
  signal: AbortSignal | undefined,
): Promise<TreeReply<TreeResult<K>>> {
  signal?.throwIfAborted();
  const thread = start();
  const id = nextId++;
  let onAbort: (() => void) | undefined;
  try {
    const reply = await new Promise<TreeReply>((resolve, reject) => {
      pending.set(id, { resolve, reject });
      onAbort = () => {
        post(thread, { id, kind: 'end' });
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      thread.ref();
      post(thread, { id, kind, args });
    });
    return reply as TreeReply<TreeResult<K>>;
  } finally {
    if (onAbort) signal?.removeEventListener('abort', onAbort);
    pending.delete(id);
    if (pending.size === 0) rest(thread);
  }
}

function post(thread: Worker, call: TreeCall): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  thread.postMessage(call);
}

function start(): Worker {
  clearTimeout(idle);
  if (worker) return worker;
  // Descriptors come from system calls that Node does not see: it would warn at each that is closed.
  const thread = startThread(threadFile, threadText, { name: 'trees', execArgv: [], trackUnmanagedFds: false });
  worker = thread;
  thread.on('message', (reply: TreeReply) => {
    const waiting = pending.get(reply.id);
    if (reply.error) waiting?.reject(reviveError(reply.error));
    else waiting?.resolve(reply);
  });
  thread.on('error', (error) => fail(thread, error));
  thread.on('exit', (code) => fail(thread, new Error(`it exited with ${code}`)));
  return thread;
}

/** Nothing is left to do: the thread keeps the process no longer, and ends if that stays so. */
function rest(thread: Worker): void {
  thread.unref();
  if (thread !== worker) return;
  idle = setTimeout(() => {
    if (pending.size > 0 || thread !== worker) return;
    worker = undefined;
    thread.terminate().catch(() => undefined);
  }, idleMs).unref();
}

function fail(thread: Worker, cause: Error): void {
  if (thread !== worker) return;
  worker = undefined;
  const error = new SlipwayError('INTERNAL', `the thread for trees ended: ${cause.message}`, { cause });
  for (const waiting of pending.values()) waiting.reject(error);
}
