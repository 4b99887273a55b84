import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import type { Logger } from 'pino';
import type { Keys } from './keys.js';
import { guard, type RecordsRedis } from './redis.js';

export interface LockOptions {
  /** Ends the wait for the lock. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the lock of a dead process falls to the next. Default 8000. */
  leaseMs?: number;
}

/** A lock that is held. */
export interface Lease {
  /** Aborted when the lock was lost, for example because this process was stopped for longer than the lease. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/** Locks on names, between all processes of a node. A holder renews its lease; a dead one loses it. */
export class Locks {
  /** The last one in line for each name in this process: in-process waiting costs no polling. */
  readonly #tails = new Map<string, Promise<void>>();

  constructor(
    readonly redis: RecordsRedis,
    readonly keys: Keys,
    readonly log: Logger,
  ) {}

  async lock(name: string, options: LockOptions = {}): Promise<Lease> {
    const before = this.#tails.get(name) ?? Promise.resolve();
    let leave!: () => void;
    const turn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const tail = before.then(() => turn);
    this.#tails.set(name, tail);
    const done = (): void => {
      leave();
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    };
    try {
      await abortable(before, options.signal);
      const lease = await this.#acquire(name, options);
      return {
        signal: lease.signal,
        release: async () => {
          done();
          await lease.release();
        },
      };
    } catch (error) {
      // Whoever waits behind us must still wait for whom we waited.
      void before.then(done);
      throw error;
    }
  }

  /** Holds the lock while `work` runs. */
  async with<T>(name: string, work: (signal: AbortSignal) => Promise<T>, options: LockOptions = {}): Promise<T> {
    const lease = await this.lock(name, options);
    try {
      return await work(lease.signal);
    } finally {
      await lease.release();
    }
  }

  async #acquire(name: string, options: LockOptions): Promise<Lease> {
    const key = this.keys.lock(name);
    const token = randomBytes(12).toString('hex');
    const leaseMs = options.leaseMs ?? 8000;
    for (let pause = 2; ; pause = Math.min(pause * 1.5, 50)) {
      if (options.signal?.aborted) throw cancelled(name);
      if (await guard(() => this.redis.set(key, token, 'PX', leaseMs, 'NX'), `lock ${name}`)) break;
      await sleep(pause);
    }
    const lost = new AbortController();
    const timer = setInterval(() => {
      this.redis.renewToken(key, token, leaseMs).then(
        (renewed) => {
          if (renewed === 0) lost.abort(new SlipwayError('RECORD_CONFLICT', 'the lock was lost', { object: name }));
        },
        (error: unknown) => this.log.warn({ err: error, lock: name }, 'lock was not renewed'),
      );
    }, leaseMs / 3);
    // A lock that is never released must not keep its process alive.
    timer.unref();
    return {
      signal: lost.signal,
      release: async () => {
        clearInterval(timer);
        await this.redis.releaseToken(key, token).catch((error: unknown) => {
          this.log.warn({ err: error, lock: name }, 'lock was not released; it ends with its lease');
        });
      },
    };
  }
}

function cancelled(name: string): SlipwayError {
  return new SlipwayError('CANCELLED', 'nobody waits for the lock any more', { object: `lock ${name}` });
}

async function abortable(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return promise;
  if (signal.aborted) throw cancelled('');
  let stop!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(cancelled(''));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
