import { type Deadline, timeLeft } from './deadline.js';

/** The longest delay of a Node timer, in milliseconds; setTimeout fires at once for a longer one. */
const maxTimerMs = 2 ** 31 - 1;

/** A timer that calls `onPassed` when a deadline has passed, however far it is. It is cleared by dispose. */
export class DeadlineTimer implements Disposable {
  #timer: NodeJS.Timeout | undefined;

  constructor(deadline: Deadline, onPassed: () => void, options: { unref?: boolean | undefined } = {}) {
    const arm = (): void => {
      const left = timeLeft(deadline);
      if (left === Number.POSITIVE_INFINITY) return;
      this.#timer = setTimeout(left > maxTimerMs ? arm : onPassed, Math.min(left, maxTimerMs));
      if (options.unref) this.#timer.unref();
    };
    arm();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
