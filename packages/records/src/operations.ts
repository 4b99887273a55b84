import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCodes, type ErrorCode, SlipwayError, toSlipwayError } from '@slipway/errors';
import type { Logger } from 'pino';
import type { Keys } from './keys.js';
import { guard, type RecordsRedis } from './redis.js';
import type { Silence } from './silence.js';

/**
 * An operation that makes an object, in Redis under its key. A living owner changes the value three times a
 * lease; who has seen the same for a whole lease, by its own monotonic clock, takes the owner for dead (see Silence).
 *
 *   (absent) ──claim──▶ running ──▶ done ──▶ delivered ──forget──▶ (absent)
 *                          │ ▲
 *                  failed ◀┘ └── lease over: the next caller takes over, with the same object id
 *
 * - running: its owner raises `beat`. Other callers wait for the outcome.
 * - done: the object exists, its id has not been returned to anybody yet: the next caller gets it.
 * - delivered: a caller has the id; the same operation again answers that the object exists.
 * - failed: kept for a moment, for those who waited; a new caller starts again. Its owner removes it, and where that has
 *   died any other process that sees it for longer.
 *
 * No key expires by itself, because Redis expires them by the wall clock, which NTP may set by hours.
 */
interface State {
  state: 'running' | 'done' | 'delivered' | 'failed';
  /** The object's id. */
  id: string;
  owner: string;
  /** How often the owner of a running operation has renewed it. Operations of earlier versions have none; their key expires. */
  beat?: number;
  error?: { code: string; message: string; stage?: string | undefined; object?: string | undefined; hint: string };
}

export interface Claim {
  /** The object's id: a new one, or that of a try whose process died. */
  id: string;
  /** Somebody began this operation before and did not finish it. */
  resumed: boolean;
  /** The operation was free, and the first command that `run` sent to Redis claimed it. */
  atOnce: boolean;
}

/** Which try of an operation has its key. */
export interface OperationHolder {
  /** The object's id. */
  id: string;
  /** The process that runs it or ran it. */
  owner: string;
}

export interface OperationOutcome extends OperationHolder {
  /** The id was handed out before: the object exists. */
  delivered: boolean;
  /** It ran just now, and was nobody else's to the end: what it made stood a moment ago. */
  fresh: boolean;
  /** Its content in Redis. */
  text: string;
}

const LEASE_MS = 9000;
const FAILED_MS = 3000;
/** Milliseconds between two looks for failures whose owner died. */
const SWEEP_MS = 60_000;

/** Operations that run once however often, and through however many gateways, they are asked for. */
export class Operations {
  readonly #running = new Map<string, Promise<OperationOutcome>>();
  readonly #owner = randomBytes(8).toString('hex');
  /** Removals of failures that are due. */
  readonly #removals = new Set<NodeJS.Timeout>();
  readonly #sweeper: NodeJS.Timeout | undefined;

  /** @param writes whether this process may change operations */
  constructor(
    readonly redis: RecordsRedis,
    readonly keys: Keys,
    readonly log: Logger,
    readonly silence: Silence,
    writes: boolean,
  ) {
    if (!writes) return;
    const sweep = (): void => {
      this.sweep().catch((error: unknown) => this.log.debug({ err: error }, 'operations cannot be looked at now'));
    };
    this.#sweeper = setInterval(sweep, SWEEP_MS);
    this.#sweeper.unref();
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const timer of this.#removals) clearTimeout(timer);
  }

  /**
   * Runs `work` unless the operation runs or has run. Joining callers share the
   * outcome and the error. The work does not depend on the callers: it goes on when they leave.
   * @param newId the object's id, should this be the first try
   */
  run(key: string, newId: string, work: (claim: Claim) => Promise<void>): Promise<OperationOutcome> {
    const running = this.#running.get(key);
    if (running) return running;
    const outcome = this.#run(key, newId, work).finally(() => this.#running.delete(key));
    this.#running.set(key, outcome);
    return outcome;
  }

  /** A caller has the id now. @returns false when another caller had it first, or the operation is forgotten */
  async deliver(key: string, { text, delivered }: OperationOutcome): Promise<boolean> {
    if (delivered) return false;
    return (await this.#swap(key, text, { ...(JSON.parse(text) as State), state: 'delivered' })) === 1;
  }

  /**
   * The object is gone: the key is free again, unless another try has it by now, whose claim another process may hold.
   * @param holder the try that made the object, read while its record was still there
   */
  async forget(key: string, { id, owner }: OperationHolder): Promise<void> {
    const { redis, keys } = this;
    await guard(() => redis.dropOperation(keys.operation(key), keys.failures(), id, owner, key), `operation ${key}`);
  }

  /** The try that has the key, whether it runs, is done or failed, and whether or not its owner lives. */
  async holder(key: string): Promise<OperationHolder | undefined> {
    const state = parseState((await guard(this.redis.get(this.keys.operation(key)), `operation ${key}`)) ?? '');
    return state && { id: state.id, owner: state.owner };
  }

  /** Removes failures that this process has seen for long enough, because their owners, which died, do not. */
  async sweep(): Promise<void> {
    const { redis, keys } = this;
    for (const key of await guard(redis.smembers(keys.failures()), 'operations')) {
      const name = keys.operation(key);
      const asked = this.silence.now();
      const text = (await guard(redis.get(name), `operation ${key}`)) ?? '';
      const isFailed = parseState(text)?.state === 'failed';
      if (isFailed && this.silence.of(name, text, asked) <= FAILED_MS) continue;
      await this.#removeFailure(key, text);
    }
  }

  /** Whether a living process works on it. */
  async isRunning(key: string): Promise<boolean> {
    return (await this.look(key))?.state === 'running';
  }

  /** Its state; undefined where there is none. */
  async look(key: string): Promise<Pick<State, 'id' | 'state'> | undefined> {
    const [, state, dead] = await this.#read(key);
    return dead ? undefined : state;
  }

  async #run(key: string, newId: string, work: (claim: Claim) => Promise<void>): Promise<OperationOutcome> {
    let waited = false;
    let lastId: string | undefined;
    // Mostly nobody has begun it: the claim finds out.
    const first: State = { state: 'running', id: newId, owner: this.#owner, beat: 0 };
    if ((await this.#swap(key, '', first)) === 1)
      return await this.#perform(key, first, work, { resumed: false, atOnce: true });
    for (let pause = 5; ; pause = Math.min(pause * 1.5, 100)) {
      const [text, now, dead] = await this.#read(key);
      // A claim whose answer was lost with the connection, and which was sent again: nobody else of this process runs it.
      if (now?.state === 'running' && now.owner === this.#owner) {
        const claim: State = { state: 'running', id: now.id, owner: this.#owner, beat: 0 };
        return await this.#perform(key, claim, work, { resumed: now.id !== newId, atOnce: false });
      }
      if (now?.state === 'running' && !dead) {
        waited = true;
        lastId = now.id;
        await sleep(pause);
        continue;
      }
      if (now?.state === 'done' || now?.state === 'delivered') {
        return { id: now.id, owner: now.owner, delivered: now.state === 'delivered', fresh: false, text };
      }
      if (now?.state === 'failed' && waited) throw revive(now);
      // The operation's owner is dead, or it is absent now; its id is taken over so that the work is found again.
      const id = now?.state === 'failed' ? newId : ((dead ? now?.id : undefined) ?? lastId ?? newId);
      const claim: State = { state: 'running', id, owner: this.#owner, beat: 0 };
      if ((await this.#swap(key, text, claim)) !== 1) continue;
      return await this.#perform(key, claim, work, { resumed: id !== newId, atOnce: false });
    }
  }

  async #perform(
    key: string,
    claim: State,
    work: (claim: Claim) => Promise<void>,
    how: Omit<Claim, 'id'>,
  ): Promise<OperationOutcome> {
    const { beat: _, ...rest } = claim;
    // The beginning of the value, without the beat.
    const own = JSON.stringify(rest).slice(0, -1);
    let beat = 0;
    const timer = setInterval(() => {
      const renewed = JSON.stringify({ ...rest, beat: ++beat });
      this.redis.replaceOwn(this.keys.operation(key), own, renewed).catch((error: unknown) => {
        this.log.warn({ err: error, operation: key }, 'operation lease was not renewed');
      });
    }, LEASE_MS / 3);
    try {
      await work({ id: claim.id, ...how });
    } catch (thrown) {
      const { code, message, stage, object, hint } = toSlipwayError(thrown);
      const failed: State = { ...rest, state: 'failed', error: { code, message, stage, object, hint } };
      await this.#fail(key, own, failed).catch((error: unknown) => {
        this.log.warn({ err: error, operation: key }, 'the failure of an operation was not written down');
      });
      throw thrown;
    } finally {
      clearInterval(timer);
    }
    const done: State = { ...rest, state: 'done' };
    const text = JSON.stringify(done);
    const replace = () => this.redis.replaceOwn(this.keys.operation(key), own, text);
    const fresh = (await guard(replace, `operation ${key}`)) === 1;
    return { id: claim.id, owner: claim.owner, delivered: false, fresh, text };
  }

  /** Keeps the failure for those who wait, for FAILED_MS by the monotonic clock. */
  async #fail(key: string, own: string, failed: State): Promise<void> {
    const { redis, keys } = this;
    const text = JSON.stringify(failed);
    const written = await guard(
      () => redis.failOperation(keys.operation(key), keys.failures(), own, text, key),
      `operation ${key}`,
    );
    if (written !== 1) return;
    const timer = setTimeout(() => {
      this.#removals.delete(timer);
      this.#removeFailure(key, text).catch((error: unknown) => {
        this.log.debug({ err: error, operation: key }, 'the failure of an operation was not removed; a sweep does so');
      });
    }, FAILED_MS);
    timer.unref();
    this.#removals.add(timer);
  }

  /** Removes a failure if the key still holds it; another value stays and is no failure to sweep. */
  async #removeFailure(key: string, text: string): Promise<void> {
    const { redis, keys } = this;
    const name = keys.operation(key);
    await guard(() => redis.dropFailure(name, keys.failures(), text, key), `operation ${key}`);
    this.silence.forget(name);
  }

  /** `dead`: it runs, and its owner was silent for a lease. */
  async #read(key: string): Promise<[text: string, state: State | undefined, dead: boolean]> {
    const name = this.keys.operation(key);
    const asked = this.silence.now();
    const text = (await guard(this.redis.get(name), `operation ${key}`)) ?? '';
    const state = parseState(text);
    if (state?.state !== 'running') return [text, state, false];
    const silent = this.silence.of(name, text, asked);
    return [text, state, state.beat !== undefined && silent > LEASE_MS];
  }

  #swap(key: string, from: string, to: State): Promise<number> {
    return guard(() => this.redis.swap(this.keys.operation(key), from, JSON.stringify(to)), `operation ${key}`);
  }
}

/** A damaged operation counts as one that never began, because the records show what exists of its object. */
function parseState(text: string): State | undefined {
  if (text === '') return undefined;
  try {
    const { state, id, owner, beat, error } = JSON.parse(text) as State;
    if (typeof id !== 'string') return undefined;
    return { state, id, owner, ...(beat === undefined ? {} : { beat }), ...(error ? { error } : {}) };
  } catch {
    return undefined;
  }
}

function revive(failed: State): SlipwayError {
  const { code = 'INTERNAL', message = 'the operation failed', stage, object, hint } = failed.error ?? {};
  return new SlipwayError(code in errorCodes ? (code as ErrorCode) : 'INTERNAL', message, { stage, object, hint });
}
