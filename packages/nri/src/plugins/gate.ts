/**
 * Keeps a plugin's synchronization and the making of pods and containers apart, so that a plugin is told of each
 * object once: in the list, or by an event. Work runs beside other work; a synchronization runs alone, waits for the
 * work that has begun, and holds up what comes later.
 */
export class Gate {
  #working = 0;
  #synchronizing = false;
  readonly #waiting: { alone: boolean; enter(): void }[] = [];

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

  /** Runs a synchronization alone. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter(true);
    try {
      return await work();
    } finally {
      this.#synchronizing = false;
      this.#next();
    }
  }

  async #enter(alone: boolean): Promise<void> {
    const free = !this.#synchronizing && this.#waiting.length === 0 && (!alone || this.#working === 0);
    if (free) this.#count(alone);
    else await new Promise<void>((enter) => this.#waiting.push({ alone, enter }));
  }

  #count(alone: boolean): void {
    if (alone) this.#synchronizing = true;
    else this.#working++;
  }

  /** Lets in the first that waits, and with it all work right behind it: counted here, so that nobody slips in between. */
  #next(): void {
    if (this.#synchronizing) return;
    const first = this.#waiting[0];
    if (!first || (first.alone && this.#working > 0)) return;
    this.#waiting.shift();
    this.#count(first.alone);
    first.enter();
    if (!first.alone) this.#next();
  }
}
