import { randomBytes } from 'node:crypto';
import { setImmediate as nextRound, setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import type { Logger } from 'pino';
import type { Keys } from './keys.js';
import { guard, type RecordsRedis } from './redis.js';
import type { Silence } from './silence.js';

export interface LockOptions {
  /** Ends the wait for the lock. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the lock of a dead process falls to who waits for it. Default 8000. */
  leaseMs?: number;
}

export interface LockedRead<R> extends LockOptions {
  /**
   * Reads the state that the work begins with. Its commands follow the first attempt to take the lock on the same
   * connection, so they are answered after it and need no round trip of their own. It is called again where the first
   * attempt did not get the lock.
   */
  read: () => Promise<R>;
}

/** Does work under a lock, optionally with state that is read in the same round trip. */
export interface WithLock {
  <T, R>(name: string, work: (signal: AbortSignal, found: R) => Promise<T>, options: LockedRead<R>): Promise<T>;
  <T>(name: string, work: (signal: AbortSignal) => Promise<T>, options?: LockOptions): Promise<T>;
}

/** A lock that is held. */
export interface Lease {
  /** Aborted when the lock was lost, for example because this process was stopped for longer than the lease. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/** Milliseconds between two looks for locks of dead holders for which nobody waits. */
const SWEEP_MS = 60_000;
/** Such a lock is removed when it was silent for so many times its lease. */
const PATIENCE = 10;

/**
 * Locks on names, between all processes of a node. A lock is a key in Redis that never expires:
 *
 *   <token>:<lease>:<beat>   the holder's own, how long it may be silent (milliseconds), and how often it was renewed
 *
 * A living holder raises the beat three times a lease. Whoever waits for the lock takes it over when it has seen the same
 * value for a whole lease by its own monotonic clock (see Silence): a step of the wall clock, which is what keys expire
 * by, neither frees a lock that is held nor keeps one whose holder died. A value without a colon is that of an earlier
 * version, whose key expires.
 */
export class Locks {
  /** The last one in line for each name in this process: in-process waiting costs no polling. */
  readonly #tails = new Map<string, Promise<void>>();
  /** Releases that Redis has not confirmed yet. */
  readonly #releases = new Set<Promise<void>>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(
    readonly redis: RecordsRedis,
    readonly keys: Keys,
    readonly log: Logger,
    readonly silence: Silence,
    /** The beginnings of names that this process may take; default: all. Others are not looked at either. */
    readonly mine: readonly string[] = [''],
  ) {
    const sweep = (): void => {
      this.#sweep().catch((error: unknown) => this.log.debug({ err: error }, 'locks cannot be looked at now'));
    };
    this.#sweeper = setInterval(sweep, SWEEP_MS);
    this.#sweeper.unref();
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  lock(name: string, options?: LockOptions): Promise<Lease> {
    return this.#lock(name, options);
  }

  /**
   * Holds the lock while `work` runs; `work` gets the result of `options.read`. It resolves before Redis has confirmed
   * the release: a process that wants the lock meanwhile asks again. A release that is lost ends with the lease, as
   * after a kill.
   */
  readonly with: WithLock = async <T, R>(
    name: string,
    work: (signal: AbortSignal, found: R) => Promise<T>,
    options?: LockOptions & Partial<LockedRead<R>>,
  ): Promise<T> => {
    let early: Promise<R> | undefined;
    const lease = await this.#lock(name, options, () => {
      early = options?.read?.();
      // Awaited below, if the first attempt got the lock.
      early?.catch(() => undefined);
    });
    try {
      const found = lease.tries === 1 ? early : options?.read?.();
      return await work(lease.signal, (await found) as R);
    } finally {
      // The caller's answer is sent first.
      const release: Promise<void> = nextRound()
        .then(() => lease.release())
        .finally(() => this.#releases.delete(release));
      this.#releases.add(release);
    }
  };

  /** Waits for unconfirmed releases, so that no process has to wait for the leases of one that has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#releases);
  }

  async #lock(name: string, options: LockOptions = {}, onFirstTry?: () => void): Promise<Lease & { tries: number }> {
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
      const lease = await this.#acquire(name, options, onFirstTry);
      return {
        ...lease,
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

  async #acquire(name: string, options: LockOptions, onFirstTry?: () => void): Promise<Lease & { tries: number }> {
    const { redis, keys, log } = this;
    const key = keys.lock(name);
    const leaseMs = options.leaseMs ?? 8000;
    const own = `${randomBytes(12).toString('hex')}:`;
    let beat = 0;
    const value = (): string => `${own}${leaseMs}:${beat}`;
    let from = '';
    let tries = 0;
    const take = (): Promise<string | null> => {
      tries++;
      return redis.takeLock(key, keys.locks(), from, value(), name);
    };
    for (let pause = 2; ; pause = Math.min(pause * 1.5, 50)) {
      if (options.signal?.aborted) throw cancelled(name);
      const asked = this.silence.now();
      const isFirst = tries === 0;
      const taken = guard(take, `lock ${name}`);
      if (isFirst) onFirstTry?.();
      const holds = await taken;
      // A command that was sent twice, because the connection was lost, finds itself.
      if (holds === null || holds.startsWith(own)) break;
      from = this.#isDead(key, holds, asked) ? holds : '';
      if (from === '' && holds !== '') await sleep(pause);
    }
    if (from !== '') log.warn({ lock: name }, 'the holder of a lock died: it was taken over');
    this.silence.forget(key);
    const lost = new AbortController();
    const timer = setInterval(() => {
      beat++;
      redis.replaceOwn(key, own, value()).then(
        (renewed) => {
          if (renewed === 0) lost.abort(new SlipwayError('RECORD_CONFLICT', 'the lock was lost', { object: name }));
        },
        (error: unknown) => log.warn({ err: error, lock: name }, 'lock was not renewed'),
      );
    }, leaseMs / 3);
    // A lock that is never released must not keep its process alive.
    timer.unref();
    return {
      tries,
      signal: lost.signal,
      release: async () => {
        clearInterval(timer);
        await redis.dropLock(key, keys.locks(), own, name).catch((error: unknown) => {
          log.warn({ err: error, lock: name }, 'lock was not released; it falls to the next after its lease');
        });
      },
    };
  }

  /** Whether a lock's holder was silent for its lease. */
  #isDead(key: string, value: string, asked: number, times = 1): boolean {
    const silent = this.silence.of(key, value, asked);
    const leaseMs = Number(value.split(':')[1]);
    return leaseMs > 0 && silent > times * leaseMs;
  }

  /** Removes the locks of holders that died where nobody waits for them. */
  async #sweep(): Promise<void> {
    const { redis, keys } = this;
    for (const name of await guard(redis.smembers(keys.locks()), 'locks')) {
      if (!this.mine.some((prefix) => name.startsWith(prefix))) continue;
      const key = keys.lock(name);
      const asked = this.silence.now();
      const value = (await guard(redis.get(key), `lock ${name}`)) ?? '';
      if (value !== '' && !this.#isDead(key, value, asked, PATIENCE)) continue;
      await guard(redis.dropLock(key, keys.locks(), value, name), `lock ${name}`);
      this.silence.forget(key);
    }
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
