/** Ends a transfer that stalls or crawls. */
export interface FlowLimits {
  /** Longest time without a byte, ms; also the window that the floor is measured over. */
  readonly noProgressMs: number;
  /** Fewest bytes a second; 0 is none. */
  readonly minBytesPerSecond: number;
}

export const defaultFlow: FlowLimits = { noProgressMs: 30_000, minBytesPerSecond: 1024 };

/**
 * Watches the bytes of one transfer. Time in which the reader itself is busy (the disk is slow) does not count
 * against the sender.
 */
export class FlowWatch {
  readonly #limits: FlowLimits;
  readonly #onFault: (reason: string) => void;
  readonly #timer: NodeJS.Timeout;
  #lastByte = performance.now();
  #windowStart = this.#lastByte;
  #windowBytes = 0;
  #busy = false;

  constructor(limits: FlowLimits, onFault: (reason: string) => void) {
    this.#limits = limits;
    this.#onFault = onFault;
    this.#timer = setInterval(() => this.#check(), Math.max(10, limits.noProgressMs / 8));
  }

  received(bytes: number): void {
    this.#lastByte = performance.now();
    this.#windowBytes += bytes;
  }

  /** Waits for the reader's own work, outside the measured time. */
  async whileBusy<T>(work: Promise<T>): Promise<T> {
    const start = performance.now();
    this.#busy = true;
    try {
      return await work;
    } finally {
      this.#busy = false;
      this.#lastByte = performance.now();
      this.#windowStart += this.#lastByte - start;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    if (this.#busy) return;
    const { noProgressMs, minBytesPerSecond } = this.#limits;
    const now = performance.now();
    if (now - this.#lastByte >= noProgressMs) {
      this.#onFault(`no byte came for ${seconds(noProgressMs)}`);
      return;
    }
    const elapsed = now - this.#windowStart;
    if (elapsed < noProgressMs) return;
    if (this.#windowBytes < (minBytesPerSecond * elapsed) / 1000) {
      this.#onFault(`${this.#windowBytes} bytes in ${seconds(elapsed)}, fewer than ${minBytesPerSecond} a second`);
      return;
    }
    this.#windowStart = now;
    this.#windowBytes = 0;
  }
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}
