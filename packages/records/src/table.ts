import { SlipwayError } from '@slipway/errors';
import type { Codec, Init } from '@slipway/protobuf';
import type { Logger } from 'pino';
import type { Keys, Kind } from './keys.js';
import { Listing } from './listing.js';
import type { Mirror } from './mirror.js';
import { guard, type RecordsRedis } from './redis.js';

/** The records of one kind. What it answers is shared and must not be changed. */
export interface RecordTable<T> {
  get(id: string): Promise<T | undefined>;
  /** All records. Reads those that changed since the last call, where these are not too many. */
  list(): Promise<readonly T[]>;
  /** @throws SlipwayError RECORD_CONFLICT when the id is taken */
  insert(id: string, record: Init<T>): Promise<void>;
  /** Inserts or replaces. The journal holds moves and deletions alone. */
  put(id: string, record: Init<T>): Promise<void>;
  /**
   * Moves a record: `step` gets the record and answers what it should be, or undefined to
   * leave it. It runs again when the record is not as it was: only its last run counts.
   * @returns the record now in force; undefined when there is none
   */
  transition(id: string, step: (current: T) => T | undefined): Promise<T | undefined>;
  /** @returns whether it was there */
  delete(id: string): Promise<boolean>;
}

/** Attempts of a transition; each lost one means that another process won. */
const ATTEMPTS = 50;

/** Phases as numbers; no `after` is a deletion. */
interface JournalEntry {
  before: string;
  after: string;
}

/** A record as this process read it last. */
interface Seen<T> {
  bytes: Buffer;
  record: T;
}

/** The answer to what changed since a revision: of `some` records an empty value says that they are gone. */
interface Changed {
  which: 'some' | 'all';
  since: string;
  now: string;
  fields: [id: string, bytes: Buffer][];
}

export class RedisTable<T> implements RecordTable<T> {
  readonly #known = new Map<string, Seen<T>>();
  readonly #listing = new Listing<T>();

  constructor(
    readonly redis: RecordsRedis,
    readonly keys: Keys,
    readonly kind: Kind,
    readonly codec: Codec<T>,
    readonly mirror: Mirror,
    readonly log: Logger,
    /** Fills an empty Redis from the mirror. Answers whether it was empty. */
    readonly refillIfEmpty: () => Promise<boolean>,
    /** A record's phase, where the kind has phases; 0 is that of a record of which nothing is shown yet. */
    readonly phaseOf?: (record: T) => number,
  ) {}

  get #hash(): string {
    return this.keys.records(this.kind);
  }

  get #revisionKey(): string {
    return this.keys.revision(this.kind);
  }

  async get(id: string): Promise<T | undefined> {
    const bytes = await this.#read(id);
    return bytes ? this.#decode(id, bytes) : undefined;
  }

  async list(): Promise<readonly T[]> {
    const { which, since, now, fields } = await this.#changedSince(this.#listing.revision);
    const records = new Map<string, T | undefined>();
    for (const [id, bytes] of fields) records.set(id, bytes.length > 0 ? await this.#decode(id, bytes) : undefined);
    const list = which === 'all' ? this.#listing.replace(now, records) : this.#listing.change(since, now, records);
    this.#forget();
    return list;
  }

  async insert(id: string, record: Init<T>): Promise<void> {
    if (!(await this.#swap(id, '', Buffer.from(this.codec.encode(record))))) {
      throw new SlipwayError('RECORD_CONFLICT', 'the record is there already', { object: `${this.kind} ${id}` });
    }
  }

  async put(id: string, record: Init<T>): Promise<void> {
    const bytes = Buffer.from(this.codec.encode(record));
    const { kind, keys } = this;
    const put = this.redis.putRecord(this.#hash, this.#revisionKey, keys.changes(kind), id, bytes);
    await guard(put, `${kind} ${id}`);
    await this.#writeMirror(id, bytes);
  }

  async transition(id: string, step: (current: T) => T | undefined): Promise<T | undefined> {
    // Mostly the record is as it was seen last: the swap finds out. What the step would rather leave is read first.
    const seen = this.#known.get(id);
    const likely = seen && step(seen.record);
    if (seen && likely !== undefined && (await this.#move(id, seen, likely))) return likely;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const bytes = await this.#read(id);
      const current = bytes ? await this.#decode(id, bytes) : undefined;
      if (!bytes || current === undefined) return undefined;
      const next = step(current);
      if (next === undefined) return current;
      if (await this.#move(id, { bytes, record: current }, next)) return next;
    }
    throw this.#restless(id);
  }

  async delete(id: string): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const bytes = await this.#read(id);
      const current = bytes ? await this.#decode(id, bytes) : undefined;
      if (!bytes || current === undefined) {
        await this.mirror.delete(this.kind, id);
        return false;
      }
      if (await this.#swap(id, bytes, '', this.#entry(current))) return true;
    }
    throw this.#restless(id);
  }

  /** Fills an empty Redis from the mirror; what is there already stays. */
  async refill(): Promise<number> {
    let filled = 0;
    for (const [id, bytes] of await this.mirror.read(this.kind)) {
      if ((await this.#decode(id, bytes)) === undefined) continue;
      filled += await guard(this.redis.hsetnx(this.#hash, id, bytes), `${this.kind} ${id}`);
    }
    // Never a number that was used before: who cached a list under it would take it for still true.
    await guard(this.redis.incrby(this.#revisionKey, Date.now()), this.kind);
    return filled;
  }

  /**
   * The record's bytes. What seems to be missing may only not be filled in again yet: a record is
   * missing when one transaction sees that it is, and that Redis is filled.
   */
  async #read(id: string): Promise<Buffer | null> {
    const object = `${this.kind} ${id}`;
    const bytes = await guard(this.redis.hgetBuffer(this.#hash, id), object);
    if (bytes) return bytes;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answers = await guard(
        this.redis.multi().exists(this.keys.filled()).hgetBuffer(this.#hash, id).exec(),
        object,
      );
      const found = (answers?.[1]?.[1] ?? null) as Buffer | null;
      if (found || answers?.[0]?.[1] === 1) return found;
      await this.refillIfEmpty();
    }
    throw this.#restless(id);
  }

  /** The records that changed since a revision, or all of them, and the revision now, of a Redis that is filled. */
  async #changedSince(since: string): Promise<Changed> {
    const { redis, keys, kind } = this;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const command = redis.changedSinceBuffer(this.#hash, this.#revisionKey, keys.changes(kind), keys.filled(), since);
      const [now, which, flat] = await guard(command, kind);
      if (now && which && flat) {
        const fields: [string, Buffer][] = [];
        for (let at = 0; at + 1 < flat.length; at += 2) fields.push([String(flat[at]), flat[at + 1] as Buffer]);
        return { which: String(which) as Changed['which'], since, now: String(now), fields };
      }
      await this.refillIfEmpty();
    }
    throw this.#restless('');
  }

  /** What was decoded of records that are gone by now, once that is as much as all that there are. */
  #forget(): void {
    if (this.#known.size <= 2 * this.#listing.size + 64) return;
    for (const id of this.#known.keys()) if (!this.#listing.has(id)) this.#known.delete(id);
  }

  /**
   * What the journal is to say of a change: nothing where the phase stays, or nothing was shown of the record yet. One
   * that is shown no longer is gone for who reads it.
   */
  #entry(current: T, next?: T): JournalEntry | undefined {
    if (!this.phaseOf) return undefined;
    const before = this.phaseOf(current);
    if (next === undefined) return before === 0 ? undefined : { before: String(before), after: '' };
    const after = this.phaseOf(next);
    return after === before ? undefined : { before: String(before), after: after === 0 ? '' : String(after) };
  }

  async #move(id: string, from: Seen<T>, to: T): Promise<boolean> {
    const bytes = Buffer.from(this.codec.encode(to as Init<T>));
    return await this.#swap(id, from.bytes, bytes, this.#entry(from.record, to));
  }

  async #swap(id: string, from: Buffer | string, to: Buffer | '', entry?: JournalEntry): Promise<boolean> {
    const { keys } = this;
    const { before = '', after = '' } = entry ?? {};
    // Before and after: a process that dies in between must not leave a file that would bring the record back.
    if (to === '') await this.mirror.delete(this.kind, id);
    const swapped = await guard(
      this.redis.compareAndSet(
        this.#hash,
        this.#revisionKey,
        keys.journal(),
        keys.journalCount(),
        keys.changes(this.kind),
        id,
        from,
        to,
        entry ? this.kind : '',
        before,
        after,
      ),
      `${this.kind} ${id}`,
    );
    if (swapped !== 1) {
      const now = to === '' ? await guard(this.redis.hgetBuffer(this.#hash, id), `${this.kind} ${id}`) : null;
      if (now) await this.#writeMirror(id, now);
      return false;
    }
    if (to === '') await this.mirror.delete(this.kind, id);
    else await this.#writeMirror(id, to);
    return true;
  }

  /** Writes a record's file; one that another process deleted meanwhile stays away. */
  async #writeMirror(id: string, bytes: Buffer): Promise<void> {
    await this.mirror.write(this.kind, id, bytes);
    const stands = await guard(this.redis.hexists(this.#hash, id), `${this.kind} ${id}`);
    if (stands === 0 && (await guard(this.redis.exists(this.keys.filled()), this.kind))) {
      await this.mirror.delete(this.kind, id);
    }
  }

  #restless(id: string): SlipwayError {
    return new SlipwayError('RECORD_CONFLICT', `the record changed ${ATTEMPTS} times while it was moved`, {
      object: `${this.kind} ${id}`,
    });
  }

  /** Decodes, or sets the record aside: one bad record never stops the others. */
  async #decode(id: string, bytes: Buffer): Promise<T | undefined> {
    const known = this.#known.get(id);
    if (known?.bytes.equals(bytes)) return known.record;
    try {
      const record = this.codec.decode(bytes);
      this.#known.set(id, { bytes, record });
      return record;
    } catch (error) {
      const path = await this.mirror.setAside(this.kind, id);
      await guard(
        this.redis
          .multi()
          .hset(this.keys.bad(this.kind), id, bytes)
          .hdel(this.#hash, id)
          .incr(this.#revisionKey)
          .exec(),
        `${this.kind} ${id}`,
      );
      this.log.error({ err: error, kind: this.kind, id, path }, 'record cannot be decoded and was set aside');
      return undefined;
    }
  }
}
