/**
 * Keeps a plugin's synchronization and the making of pods and containers apart, so that a plugin learns of each
 * object once: in the list, or by an event. Work runs beside other work; a synchronization runs exclusively, waits for the
 * work that has begun, and holds up what comes later.
 */
export class Gate {
  #working = 0;
  #synchronizing = false;
  readonly #waiting: { exclusive: boolean; enter(): void }[] = [];

  /** Runs work beside other work, never beside a synchronization. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter(false);
    try {
      return await work();
    } finally {
      this.#working--;
      this.#next();
    }
  }

  /** Runs a synchronization with nothing beside it. */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter(true);
    try {
      return await work();
    } finally {
      this.#synchronizing = false;
      this.#next();
    }
  }

  async #enter(exclusive: boolean): Promise<void> {
    const free = !this.#synchronizing && this.#waiting.length === 0 && (!exclusive || this.#working === 0);
    if (free) this.#count(exclusive);
    else await new Promise<void>((enter) => this.#waiting.push({ exclusive, enter }));
  }

  #count(exclusive: boolean): void {
    if (exclusive) this.#synchronizing = true;
    else this.#working++;
  }

  /** Lets in the first that waits, and with it all work right behind it: counted here, so that nobody slips in between. */
  #next(): void {
    if (this.#synchronizing) return;
    const first = this.#waiting[0];
    if (!first || (first.exclusive && this.#working > 0)) return;
    this.#waiting.shift();
    this.#count(first.exclusive);
    first.enter();
    if (!first.exclusive) this.#next();
  }
}
