import { monotonicMs } from './clock.js';

declare const monotonic: unique symbol;

/**
 * A moment after which nobody waits, in milliseconds of {@link monotonicMs}. It is good within one process alone: what
 * another one is told is the time that is left. The type keeps apart what `Date.now()` counts, which a step of the wall
 * clock moves.
 */
export type Deadline = number & { readonly [monotonic]: true };

/** The deadline of what may take any time. */
export const noDeadline = Number.POSITIVE_INFINITY as Deadline;

/** The deadline that is `ms` milliseconds away. */
export function deadlineIn(ms: number): Deadline {
  return (monotonicMs() + ms) as Deadline;
}

/** Milliseconds until a deadline; 0 when it has passed, Infinity for none. */
export function timeLeft(deadline: Deadline): number {
  return Math.max(0, deadline - monotonicMs());
}

export function hasPassed(deadline: Deadline): boolean {
  return monotonicMs() >= deadline;
}

/** The deadline that comes first. */
export function earlier(one: Deadline, other: Deadline): Deadline {
  return one < other ? one : other;
}

/** The deadline that comes last. */
export function later(one: Deadline, other: Deadline): Deadline {
  return one > other ? one : other;
}
