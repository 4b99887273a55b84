import { type Deadline, DeadlineTimer, later } from '@slipway/time';
/** A caller's interest in a piece of work. */
export interface Interest {
  /** After which this caller no longer waits. */
  readonly deadline: Deadline;
  onBeat(progress: Uint8Array): void;
  /** Asks this caller for the secret of its call; absent where it has none. `replyFor` makes the subject for a role. */
  onAsk?: ((publicKey: Uint8Array, replyFor: (role: string) => string) => void) | undefined;
}

/**
 * Work that one or several callers wait for. It is aborted when the last of them
 * has gone, be it by its deadline or by a cancellation.
 */
export class SharedWork<T> {
  readonly #controller = new AbortController();
  readonly #interests = new Map<string, { interest: Interest; timer: DeadlineTimer }>();
  /** The latest deadline of any caller. */
  deadline = Number.NEGATIVE_INFINITY as Deadline;
  result!: Promise<T>;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `id` is the caller's reply subject. */
  join(id: string, interest: Interest): void {
    this.deadline = later(this.deadline, interest.deadline);
    const passed = (): void => this.leave(id, 'the deadline has passed');
    const timer = new DeadlineTimer(interest.deadline, passed, { unref: true });
    this.#interests.set(id, { interest, timer });
  }

  leave(id: string, reason: string): void {
    const entry = this.#interests.get(id);
    if (!entry) return;
    entry.timer[Symbol.dispose]();
    this.#interests.delete(id);
    if (this.#interests.size === 0) this.#controller.abort(new Error(reason));
  }

  beat(progress: Uint8Array): void {
    for (const { interest } of this.#interests.values()) interest.onBeat(progress);
  }

  /** Whether a caller holds a secret back. */
  get hasSecret(): boolean {
    return [...this.#interests.values()].some(({ interest }) => interest.onAsk !== undefined);
  }

  /** Asks every caller that holds a secret back: callers of one operation hold the same one. */
  ask(publicKey: Uint8Array, replyFor: (role: string) => string): void {
    for (const { interest } of this.#interests.values()) interest.onAsk?.(publicKey, replyFor);
  }

  /** Drops the callers without aborting anything: the work is done. */
  finish(): void {
    for (const { timer } of this.#interests.values()) timer[Symbol.dispose]();
    this.#interests.clear();
  }
}
