/** One caller's interest in a piece of work. */
export interface Interest {
  /** Milliseconds since the epoch after which this caller no longer waits. */
  readonly deadline: number;
  onBeat(progress: Uint8Array): void;
}

/**
 * Work that one or several callers wait for. It is aborted when the last of them
 * has gone, be it by its deadline or by a cancellation.
 */
export class SharedWork<T> {
  readonly #controller = new AbortController();
  readonly #interests = new Map<string, { interest: Interest; timer: NodeJS.Timeout }>();
  /** The latest deadline of any caller. */
  deadline = 0;
  result!: Promise<T>;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `id` is the caller's reply subject. */
  join(id: string, interest: Interest): void {
    this.deadline = Math.max(this.deadline, interest.deadline);
    const wait = Math.min(Math.max(interest.deadline - Date.now(), 0), 2 ** 31 - 1);
    const timer = setTimeout(() => this.leave(id, 'the deadline has passed'), wait).unref();
    this.#interests.set(id, { interest, timer });
  }

  leave(id: string, reason: string): void {
    const entry = this.#interests.get(id);
    if (!entry) return;
    clearTimeout(entry.timer);
    this.#interests.delete(id);
    if (this.#interests.size === 0) this.#controller.abort(new Error(reason));
  }

  beat(progress: Uint8Array): void {
    for (const { interest } of this.#interests.values()) interest.onBeat(progress);
  }

  /** Drops the callers without aborting anything: the work is done. */
  finish(): void {
    for (const { timer } of this.#interests.values()) clearTimeout(timer);
    this.#interests.clear();
  }
}
