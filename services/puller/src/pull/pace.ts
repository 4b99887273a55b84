/** How often the pace is looked at, ms. */
const lookMs = 2000;
/** A transfer that brings less is not what places are for: it costs neither the line nor the disk anything. */
const leastBytesPerSecond = 256 * 1024;

/** Watches how fast a transfer gains bytes, and tells once that it crawls. */
export class Pace {
  #bytes = 0;
  #before = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(crawls: () => void, everyMs = lookMs) {
    this.#timer = setInterval(() => {
      const gained = this.#bytes - this.#before;
      this.#before = this.#bytes;
      if (gained >= (leastBytesPerSecond * everyMs) / 1000) return;
      this.stop();
      crawls();
    }, everyMs).unref();
  }

  /** So many bytes are there. */
  at(bytes: number): void {
    this.#bytes = bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
