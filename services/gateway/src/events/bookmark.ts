import { randomBytes } from 'node:crypto';
import type { Position } from '@slipway/records';
import type { Gateway } from '../context.js';

/** Milliseconds between two looks at how far a subscriber has come. */
const LOOK_MS = 500;
/** Looks after which an unchanged place is written again: it must not seem to be old. */
const RENEW_LOOKS = 60;

/**
 * Keeps a subscriber's place for the case that this gateway ends. The stored place lags behind by one look: bytes that
 * were handed to the connection then have left this process by now. So nothing is lost, but a little may come twice.
 */
export class Bookmark {
  readonly #name = randomBytes(8).toString('hex');
  readonly #timer: NodeJS.Timeout;
  #seen: Position;
  #saved: Position | undefined;
  #looks = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(
    readonly gateway: Gateway,
    public position: Position,
  ) {
    this.#seen = position;
    this.#save(position);
    this.#timer = setInterval(() => {
      const renew = ++this.#looks % RENEW_LOOKS === 0;
      if (renew || this.#seen.id !== this.#saved?.id) this.#save(this.#seen);
      this.#seen = this.position;
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** The place of a subscriber that was cut off by the end of this gateway's predecessor on the same socket. */
  static async left({ records, settings, bus }: Gateway): Promise<Position | undefined> {
    return await records.bookmarks.take(settings.gateway.socket, bus.instance);
  }

  /** Ends with the subscription. It stays in Redis for whoever comes next where the client did not leave by itself. */
  async close(stays: boolean): Promise<void> {
    clearInterval(this.#timer);
    if (stays) this.#save(this.position);
    await this.#work;
    if (!stays) await this.gateway.records.bookmarks.remove(this.#name).catch(() => undefined);
  }

  #save(position: Position): void {
    const { records, settings, bus, log } = this.gateway;
    this.#saved = position;
    this.#work = this.#work
      .then(() => records.bookmarks.save(this.#name, settings.gateway.socket, bus.instance, position))
      .catch((error: unknown) => log.debug({ err: error }, 'a place in the events was not kept'));
  }
}
