import { setMaxListeners } from 'node:events';
import { type Deadline, deadlineIn, hasPassed, noDeadline } from './deadline.js';
import { DeadlineTimer } from './timer.js';

export interface LimitOptions {
  /** Milliseconds until the signal is aborted with a `TimeoutError`. Default, and Infinity: no limit. 0 or less: at once. */
  ms?: number | undefined;
  /** The same as a deadline. */
  deadline?: Deadline | undefined;
  /** The signal is aborted as soon as one of these is, with its reason. */
  signals?: readonly (AbortSignal | undefined)[] | undefined;
  /** The timer does not keep the process alive. */
  unref?: boolean | undefined;
}

/**
 * A signal with a time limit, that of other signals, or both:
 *
 *     using limit = new Limit({ ms: 250, signals: [call.signal] });
 *     await once(news, id, { signal: limit.signal });
 *
 * It stands for `AbortSignal.timeout` and `AbortSignal.any`, which nothing else in the tree may call. Node 20 holds the
 * sources of `AbortSignal.any` weakly: the timeout in `AbortSignal.any([AbortSignal.timeout(ms), …])` is dropped by a
 * garbage collection and never fires (nodejs/node#57736). Here the timer and the listeners are held until the signal is
 * aborted or the limit is disposed; after that the signal is never aborted.
 */
export class Limit implements Disposable {
  readonly signal: AbortSignal;
  readonly #abort = new AbortController();
  readonly #sources: readonly AbortSignal[];
  #timer: DeadlineTimer | undefined;
  #expired = false;

  constructor({ ms, deadline, signals = [], unref = false }: LimitOptions) {
    const end = deadline ?? (ms === undefined ? noDeadline : deadlineIn(ms));
    this.signal = this.#abort.signal;
    this.#sources = signals.filter((signal) => signal !== undefined);
    for (const source of this.#sources) {
      // A service's closing signal is followed by every call: Node 20 warns of a leak from the eleventh listener on.
      setMaxListeners(0, source);
      source.addEventListener('abort', this.#follow, { once: true });
    }
    if (this.#sources.some((source) => source.aborted)) this.#follow();
    else if (hasPassed(end)) this.#expire();
    else this.#timer = new DeadlineTimer(end, () => this.#expire(), { unref });
  }

  /** The signal was aborted because the time was over, and not by another signal. */
  get expired(): boolean {
    return this.#expired;
  }

  /** Clears the timer and takes the listeners off the other signals. May be called more than once. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const source of this.#sources) source.removeEventListener('abort', this.#follow);
  }

  readonly #follow = (): void => {
    this[Symbol.dispose]();
    this.#abort.abort(this.#sources.find((source) => source.aborted)?.reason);
  };

  #expire(): void {
    this[Symbol.dispose]();
    this.#expired = true;
    this.#abort.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  }
}
