/** A process is asked this often within the time after which it counts as hung. */
const steps = 6;

export interface WatchdogOptions {
  /** Asks the process for a sign of life; resolves with it. */
  ask: () => Promise<unknown>;
  /** Milliseconds without a sign of life after which the process counts as hung. */
  hungMs: number;
  /** How many times as long it has for its first answer: it may be loading its code on a slow machine. */
  startFactor?: number | undefined;
  /** Called once. */
  onHung: () => void;
}

/**
 * Finds out that a process is there and does nothing any more: it was stopped (SIGSTOP), or its event loop turns no
 * more. It counts its own steps and no clock: each asks again, and so many without an answer in a row mean a hung
 * process. When this process, or the whole machine, was itself stopped for a while, that is one step and no more.
 */
export class Watchdog {
  readonly #timer: NodeJS.Timeout;
  /** Whether it has answered at least once. */
  started = false;
  #answered = true;
  #asking = false;
  #missed = 0;

  constructor(readonly options: WatchdogOptions) {
    this.#timer = setInterval(() => this.#step(), options.hungMs / steps);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #step(): void {
    this.#missed = this.#answered ? 0 : this.#missed + 1;
    if (this.#missed >= (this.started ? steps : steps * (this.options.startFactor ?? 1))) {
      this.close();
      this.options.onHung();
      return;
    }
    // A stopped process's channel gets no further message.
    if (this.#asking) return;
    this.#asking = true;
    this.#answered = false;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      await this.options.ask();
      this.#answered = true;
      this.started = true;
    } catch {
      // It is asked again at the next step.
    } finally {
      this.#asking = false;
    }
  }
}
