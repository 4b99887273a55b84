import { labelSteps } from './label-tree.js';
import { measureSteps } from './measure-tree.js';
import { removalSteps } from './remove-tree.js';
import type { ThreadError } from '../thread-errors.js';

/** Operations on trees, on any thread. */
export const treeWork = { remove: removalSteps, measure: measureSteps, label: labelSteps };
export type TreeKind = keyof typeof treeWork;
export type TreeArguments<K extends TreeKind> = Parameters<(typeof treeWork)[K]>;
export type TreeResult<K extends TreeKind> =
  ReturnType<(typeof treeWork)[K]> extends Generator<undefined, infer R> ? R : never;

/**
 * main ── TreeCall ──▶ thread: begins a job, or ends the one of that id (`kind: 'end'`). Jobs take turns.
 * main ◀── TreeReply ── thread, once for each job that was not ended. `workedMs` is how long the thread was at it.
 */
export type TreeCall = { id: number; kind: TreeKind; args: unknown[] } | { id: number; kind: 'end' };

export interface TreeReply<R = unknown> {
  id: number;
  result?: R;
  workedMs: number;
  error?: ThreadError;
}
