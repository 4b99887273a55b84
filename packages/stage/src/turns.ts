import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * For long work of a process that serves other calls, too: makes a function to be awaited between two pieces of it, which
 * lets others on after each `sliceMs` milliseconds. Rejects when the caller has left.
 */
export function takeTurns(signal: AbortSignal, sliceMs = 4): () => Promise<void> {
  let start = performance.now();
  return async () => {
    signal.throwIfAborted();
    if (performance.now() - start < sliceMs) return;
    await nextTurn();
    start = performance.now();
  };
}
