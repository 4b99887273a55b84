import { openSync } from 'node:fs';
import { check, closeFd, libcFunction, O_CLOEXEC, sys } from '../libc.js';
import { type NamespaceKind, type NamespacePaths, namespaceKinds } from './namespace-protocol.js';

// For the body of a worker thread only: between leaving the host's namespaces and coming back nothing else may run on
// the thread, and nothing may be handed to libuv's pool, whose threads stay in the host's namespaces.

const setns = libcFunction<[number, number]>('int setns(int fd, int type)');
const allKinds = Object.keys(namespaceKinds) as NamespaceKind[];
const home = new Map<NamespaceKind, number>();

/** The thread did not get back to the host's namespaces. It must not do anything any more. */
export class StrandedError extends Error {}

/** Opens the host's namespaces as the way back; once, before anything is left. */
export function rememberHome(kinds: readonly NamespaceKind[] = allKinds): void {
  // By Node and not by libc: what a worker opened through Node is closed when the worker ends.
  for (const kind of kinds) home.set(kind, openSync(`/proc/thread-self/ns/${kind}`, 'r'));
}

/** Runs `work`, which leaves the host's namespaces, and brings the thread back whatever happens. */
export function away<T>(work: () => T): T {
  let outcome: { result: T } | { error: unknown };
  try {
    outcome = { result: work() };
  } catch (error) {
    outcome = { error };
  }
  for (const [kind, fd] of home) {
    if (setns(fd, namespaceKinds[kind]) < 0) {
      throw new StrandedError(`the thread cannot return to the host's ${kind} namespace`);
    }
  }
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}

/** Enters namespaces and leaves the thread there: for use within {@link away}. */
export function enter(namespaces: NamespacePaths): void {
  for (const kind of allKinds) {
    const path = namespaces[kind];
    if (path === undefined) continue;
    const fd = check(sys.open(path, O_CLOEXEC, 0), 'open', path);
    try {
      check(setns(fd, namespaceKinds[kind]), 'setns', path);
    } finally {
      closeFd(fd);
    }
  }
}

/**
 * Runs `work` with this worker thread in a net namespace, synchronously; {@link rememberHome} must have been called.
 * @throws StrandedError when the thread cannot come back: it must end then.
 */
export function inNetNamespace<T>(path: string, work: () => T): T {
  return away(() => {
    enter({ net: path });
    return work();
  });
}
