import { randomBytes } from 'node:crypto';
import { SlipwayError } from '@slipway/errors';

interface Entry<T> {
  value: T;
  expires: number;
}

/**
 * One-time tokens: 128 random bits each, for one use, within their time. Their number is
 * bounded, so that a client that asks and never connects does not fill the memory.
 */
export class Tokens<T> {
  /** Oldest first: all live equally long. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #ttlMs: number;
  readonly #max: number;
  readonly #onExpire: (value: T) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ttlMs: number, max: number, onExpire: (value: T) => void) {
    this.#ttlMs = ttlMs;
    this.#max = max;
    this.#onExpire = onExpire;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @throws LIMIT_EXCEEDED when too many are unused */
  issue(value: T): string {
    this.#expire();
    if (this.#entries.size >= this.#max) {
      throw new SlipwayError('LIMIT_EXCEEDED', `${this.#max} streaming URLs are unused`, {
        hint: `connect to a URL within ${this.#ttlMs / 1000} seconds, or ask for fewer`,
      });
    }
    const token = randomBytes(16).toString('base64url');
    this.#entries.set(token, { value, expires: performance.now() + this.#ttlMs });
    this.#timer ??= setTimeout(() => this.#expire(), this.#ttlMs).unref();
    return token;
  }

  /** The token's content, without using it up. */
  peek(token: string): T | undefined {
    this.#expire();
    return this.#entries.get(token)?.value;
  }

  /** Uses the token up. */
  consume(token: string): boolean {
    return this.#entries.delete(token);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#entries.clear();
  }

  #expire(): void {
    const now = performance.now();
    let next: number | undefined;
    for (const [token, { value, expires }] of this.#entries) {
      if (expires > now) {
        next = expires;
        break;
      }
      this.#entries.delete(token);
      this.#onExpire(value);
    }
    clearTimeout(this.#timer);
    this.#timer = next === undefined ? undefined : setTimeout(() => this.#expire(), next - now).unref();
  }
}
