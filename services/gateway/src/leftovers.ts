import type { Logger } from '@slipway/telemetry';

/** Whether a later try is right: `later` while another try works on the object, `never` when it is that one's by now. */
export type Due = 'yes' | 'later' | 'never';

/** Milliseconds between two tries to undo something. */
const AGAIN_MS = 1000;

/**
 * Leftovers of failed creations, because the stage that should have undone them was away:
 * tried again until it is done. A gateway that dies meanwhile leaves it to the janitor.
 */
export class Leftovers {
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(readonly log: Logger) {}

  /**
   * Undoes something, immediately or, where that fails, in the background. Never rejects.
   * @param due asked before each later try
   */
  async undo(object: string, work: () => Promise<void>, due: () => Promise<Due>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.warn({ err: error, object }, 'what was made half cannot be undone now; it is tried again');
      this.#later(object, work, due);
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #later(object: string, work: () => Promise<void>, due: () => Promise<Due>): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#again(object, work, due).catch((error: unknown) => {
        this.log.debug({ err: error, object }, 'it still cannot be undone');
        this.#later(object, work, due);
      });
    }, AGAIN_MS);
    this.#timers.add(timer);
  }

  async #again(object: string, work: () => Promise<void>, due: () => Promise<Due>): Promise<void> {
    const now = await due();
    if (now === 'never') return;
    if (now === 'later') {
      this.#later(object, work, due);
      return;
    }
    await work();
    this.log.info({ object }, 'what was made half was undone');
  }
}
