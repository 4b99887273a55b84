export interface FairLimits {
  /** Concurrent pieces of work. */
  readonly limit: number;
  /** How many more may run for keys that have nothing running. Default: as many as `limit`. */
  readonly extra?: number;
  /** How many may wait without a place (Place.idle) at a time. Default 16 times `limit`. */
  readonly idle?: number;
}

interface Waiter {
  readonly key: string;
  readonly wake: () => void;
}

/**
 * Lets some pieces of work run concurrently, and shares the places among keys (pods, registries):
 *
 * - Waiting pieces are served in turns of their keys, and in order within a key. A key with a hundred waiting pieces delays one of
 *   another key by one place and not by a hundred.
 * - A key that has nothing running gets a place beyond the limit, so those that hold all places for long keep nobody
 *   else out.
 * - What only waits gives its place up meanwhile; see {@link Place.idle}.
 */
export class FairLimiter {
  readonly #limits: Required<FairLimits>;
  /** By key, in the order of their next turns. */
  readonly #queues = new Map<string, Waiter[]>();
  /** Those that come back from waiting: they have begun, and go before those that have not. */
  readonly #returning: Waiter[] = [];
  readonly #held = new Map<string, number>();
  #running = 0;
  #idle = 0;
  #waiting = 0;

  constructor({ limit, extra = limit, idle = 16 * limit }: FairLimits) {
    this.#limits = { limit, extra, idle };
  }

  /** Pieces that hold a place. */
  get running(): number {
    return this.#running;
  }

  /** Pieces that wait for a place and have not begun. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Runs `work` when the key's turn comes.
   * @throws the signal's reason where that comes first; `work` is not called then
   */
  async run<T>(key: string, work: (place: Place) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (!this.#take(key)) await this.#queue(key, signal);
    const place = new Place(this, key, signal);
    try {
      return await work(place);
    } finally {
      place.end();
    }
  }

  /** Gives a place up for a while; false where too many have done so already. */
  leave(key: string): boolean {
    if (this.#idle >= this.#limits.idle) return false;
    this.#idle++;
    this.release(key);
    return true;
  }

  /** Takes a place again. Resolves to false, without one, where the signal is aborted: what ends must not wait. */
  async comeBack(key: string, signal?: AbortSignal): Promise<boolean> {
    this.#idle--;
    if (signal?.aborted) return false;
    if (this.#take(key)) return true;
    return new Promise((resolve) => {
      const settle = (held: boolean): void => {
        signal?.removeEventListener('abort', leave);
        resolve(held);
      };
      const waiter: Waiter = { key, wake: () => settle(true) };
      const leave = (): void => {
        this.#returning.splice(this.#returning.indexOf(waiter), 1);
        settle(false);
      };
      this.#returning.push(waiter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Work that gave its place up has ended and needs none. */
  ended(): void {
    this.#idle--;
  }

  release(key: string): void {
    const left = (this.#held.get(key) ?? 1) - 1;
    if (left > 0) this.#held.set(key, left);
    else this.#held.delete(key);
    this.#running--;
    this.#serve();
  }

  #mayTake(key: string): boolean {
    const { limit, extra } = this.#limits;
    return this.#running < limit || (!this.#held.has(key) && this.#running < limit + extra);
  }

  #take(key: string): boolean {
    if (!this.#mayTake(key)) return false;
    this.#running++;
    this.#held.set(key, (this.#held.get(key) ?? 0) + 1);
    return true;
  }

  #queue(key: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        key,
        wake: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = (): void => {
        const queue = this.#queues.get(key) ?? [];
        queue.splice(queue.indexOf(waiter), 1);
        if (queue.length === 0) this.#queues.delete(key);
        this.#waiting--;
        reject(signal?.reason as Error);
      };
      const queue = this.#queues.get(key);
      if (queue) queue.push(waiter);
      else this.#queues.set(key, [waiter]);
      this.#waiting++;
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Hands free places out. */
  #serve(): void {
    for (;;) {
      const at = this.#returning.findIndex(({ key }) => this.#mayTake(key));
      const [returning] = at < 0 ? [] : this.#returning.splice(at, 1);
      const next = returning ?? this.#nextTurn();
      if (!next) return;
      this.#take(next.key);
      next.wake();
    }
  }

  #nextTurn(): Waiter | undefined {
    for (const [key, queue] of this.#queues) {
      if (!this.#mayTake(key)) continue;
      const waiter = queue.shift();
      // Its next turn is after all others'.
      this.#queues.delete(key);
      if (queue.length > 0) this.#queues.set(key, queue);
      if (waiter) this.#waiting--;
      return waiter;
    }
    return undefined;
  }
}

/** A place that a piece of work holds. */
export class Place {
  #held = true;
  #lent = false;

  constructor(
    readonly limiter: FairLimiter,
    readonly key: string,
    readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Runs what only waits (for an exit, a command's end, a registry). When it lasts longer than `afterMs`, the place is
   * given up, so that others are worked on, and taken again before this returns, ahead of those that have not begun.
   */
  async idle<T>(wait: () => Promise<T>, afterMs = 0): Promise<T> {
    const waiting = wait();
    let away = false;
    const leave = (): void => {
      if (!this.#held || !this.limiter.leave(this.key)) return;
      this.#held = false;
      away = true;
    };
    const timer = afterMs > 0 ? setTimeout(leave, afterMs) : undefined;
    if (afterMs <= 0) leave();
    try {
      return await waiting;
    } finally {
      clearTimeout(timer);
      if (away) this.#held = await this.limiter.comeBack(this.key, this.signal);
    }
  }

  /** Gives the place up for what is left of the work, which turned out to wait more than it works. */
  lend(): void {
    if (!this.#held || !this.limiter.leave(this.key)) return;
    this.#held = false;
    this.#lent = true;
  }

  /** The work is over. */
  end(): void {
    if (this.#held) this.limiter.release(this.key);
    else if (this.#lent) this.limiter.ended();
    this.#held = false;
    this.#lent = false;
  }
}
