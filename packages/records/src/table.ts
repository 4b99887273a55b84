import { SlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';
import { Copies, type CopiesParts, type Seen, type Settled } from './copies.js';
import type { Kind } from './keys.js';
import { Listing } from './listing.js';
import { guard } from './redis.js';

/** Records of any kind. */
export interface Comparable {
  readonly kind: Kind;
  /** Makes both copies of each record the same. */
  compare(): Promise<Differences>;
  /** Tries again to write the files that could not be written. */
  catchUp(): Promise<void>;
}

/** The records of one kind. Returned records are shared and must not be changed. */
export interface RecordTable<T> {
  get(id: string): Promise<T | undefined>;
  /** As `get`; a record that is lost in Redis and on disk is restored where a third copy of it is left. */
  find(id: string): Promise<T | undefined>;
  /** All records. Reads those that changed since the last call, where these are not too many. */
  list(): Promise<readonly T[]>;
  /** @throws SlipwayError RECORD_CONFLICT when the id is taken */
  insert(id: string, record: Init<T>): Promise<void>;
  /** Inserts or replaces. The journal holds only moves and deletions. */
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

/** The answer to what changed since a revision: of `some` records an empty value says that they are gone. */
interface Changed {
  which: 'some' | 'all';
  since: string;
  now: string;
  fields: [id: string, bytes: Buffer][];
}

/** How many records of a kind were not the same in Redis and on disk, by what was done. */
export type Differences = Partial<Record<Settled | 'reboot', number>>;

export interface TableParts<T> extends CopiesParts<T> {
  /** Whether this process may change the records, and so compares them with their files. */
  writes: boolean;
  /** The new form of a record of an earlier run of the kernel; undefined where it stays. */
  afterReboot?: ((record: T) => T | undefined) | undefined;
}

export class RedisTable<T extends { id: string }> implements RecordTable<T>, Comparable {
  readonly copies: Copies<T>;
  readonly #known = new Map<string, Seen<T>>();
  readonly #listing = new Listing<T>();

  constructor(readonly parts: TableParts<T>) {
    this.copies = new Copies(parts);
  }

  get kind(): Kind {
    return this.parts.kind;
  }

  get #hash(): string {
    return this.parts.keys.records(this.parts.kind);
  }

  /** Waits for the checks that follow acknowledged changes. */
  settled(): Promise<void> {
    return this.copies.settled();
  }

  catchUp(): Promise<void> {
    return this.copies.catchUp();
  }

  async get(id: string): Promise<T | undefined> {
    return (await this.#read(id))?.record;
  }

  async find(id: string): Promise<T | undefined> {
    return (await this.get(id)) ?? (await this.copies.settle(id)).seen?.record;
  }

  async list(): Promise<readonly T[]> {
    const { which, since, now, fields } = await this.#changedSince(this.#listing.revision);
    const records = new Map<string, T | undefined>();
    for (const [id, bytes] of fields) {
      const seen = bytes.length > 0 ? (this.#decode(id, bytes) ?? (await this.#mended(id))) : undefined;
      records.set(id, seen?.record);
    }
    const list = which === 'all' ? this.#listing.replace(now, records) : this.#listing.change(since, now, records);
    this.#forget();
    return list;
  }

  async insert(id: string, record: Init<T>): Promise<void> {
    await this.parts.gate.pass();
    if (await this.copies.insert(id, record)) return;
    throw new SlipwayError('RECORD_CONFLICT', 'the record is there already', { object: this.#name(id) });
  }

  async put(id: string, record: Init<T>): Promise<void> {
    // Mostly the record is new: the insertion itself finds out, without a read before it.
    if (!this.#known.has(id)) {
      await this.parts.gate.pass();
      if (await this.copies.insert(id, record)) return;
    }
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const seen = await this.#read(id);
      if (seen ? await this.copies.replace(id, seen, record) : await this.copies.insert(id, record)) return;
    }
    throw this.#restless(id);
  }

  async transition(id: string, step: (current: T) => T | undefined): Promise<T | undefined> {
    await this.parts.gate.pass();
    // Mostly the record is as it was seen last: the swap finds out. A record that the step would leave is read first.
    const seen = this.#known.get(id);
    const likely = seen && step(seen.record);
    if (seen && likely !== undefined && (await this.#move(id, seen, likely))) return likely;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const current = await this.#read(id);
      if (!current) return undefined;
      const next = step(current.record);
      if (next === undefined) return current.record;
      if (await this.#move(id, current, next)) return next;
    }
    throw this.#restless(id);
  }

  async delete(id: string): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const seen = await this.#read(id);
      if (!seen) return false;
      if (await this.copies.delete(id, seen, this.copies.entry(seen.record))) return true;
    }
    throw this.#restless(id);
  }

  /**
   * Compares every record in Redis with its file, and makes them the same; what an earlier run of the kernel left alive
   * is ended in its record. Does not pass the gate: nobody does before it is over.
   */
  async compare(): Promise<Differences> {
    const { redis, mirror, beside, kind } = this.parts;
    const differences: Differences = {};
    const count = (what: keyof Differences): void => {
      differences[what] = (differences[what] ?? 0) + 1;
    };
    // The files first: a record that is made meanwhile is in Redis when its file is.
    const besides = beside.ids(kind);
    const { records, tombstones } = await mirror.ids(kind);
    const files = new Map<string, Buffer>();
    for (const id of records) files.set(id, (await mirror.read(kind, id)) ?? Buffer.alloc(0));
    const graves = new Set(tombstones);
    const values = new Map(Object.entries(await guard(redis.hgetallBuffer(this.#hash), kind)));
    for (const id of new Set([...files.keys(), ...values.keys(), ...besides])) {
      const bytes = values.get(id);
      let seen = bytes && this.#decode(id, bytes);
      if (!seen && !bytes && !files.has(id) && !beside.has(kind, id)) continue;
      if (!seen || graves.has(id) || !files.get(id)?.equals(seen.bytes)) {
        const settled = await this.copies.settle(id, true);
        if (settled.verdict !== 'agree') count(settled.verdict);
        seen = settled.seen;
      }
      if (seen && (await this.#outlived(id, seen))) count('reboot');
      // That of a record which an earlier version has written, or for which there was no room.
      else if (seen && !beside.has(kind, id)) beside.write(kind, id, seen.bytes);
    }
    return differences;
  }

  /** Ends in the records what did not outlive the run of the kernel that the record was written in. */
  async #outlived(id: string, seen: Seen<T>): Promise<boolean> {
    const { afterReboot, boot } = this.parts;
    if (seen.boot === '' || seen.boot === boot) return false;
    const next = afterReboot?.(seen.record);
    if (next === undefined) return false;
    return await this.copies.replace(id, seen, next as Init<T>, this.copies.entry(seen.record, next), true);
  }

  /** The record's bytes in a Redis whose records were compared: one that lost them would answer with old ones. */
  async #read(id: string): Promise<Seen<T> | undefined> {
    const { redis, keys, kind, gate } = this.parts;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const epoch = await gate.pass();
      const [compared, bytes] = await guard(redis.lookBuffer(this.#hash, keys.filled(kind), id), this.#name(id));
      if (compared !== 1) gate.reset();
      if (gate.epoch !== epoch) continue;
      return bytes ? (this.#decode(id, bytes) ?? (await this.#mended(id))) : undefined;
    }
    throw this.#restless(id);
  }

  /** The records that changed since a revision, or all of them, and the revision now, of a Redis that is filled. */
  async #changedSince(since: string): Promise<Changed> {
    const { redis, keys, kind, gate } = this.parts;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const epoch = await gate.pass();
      const command = redis.changedSinceBuffer(
        this.#hash,
        keys.revision(kind),
        keys.changes(kind),
        keys.filled(kind),
        since,
      );
      const [now, which, flat] = await guard(command, kind);
      if (gate.epoch !== epoch) continue;
      if (now && which && flat) {
        const fields: [string, Buffer][] = [];
        for (let at = 0; at + 1 < flat.length; at += 2) fields.push([String(flat[at]), flat[at + 1] as Buffer]);
        return { which: String(which) as Changed['which'], since, now: String(now), fields };
      }
      gate.reset();
    }
    throw this.#restless('');
  }

  /** A record whose bytes in Redis are damaged. A process that may not write it sees it once another process has mended it. */
  async #mended(id: string): Promise<Seen<T> | undefined> {
    return this.parts.writes ? (await this.copies.settle(id)).seen : undefined;
  }

  /** Drops decoded records that are gone by now, once they are as many as all existing ones. */
  #forget(): void {
    if (this.#known.size <= 2 * this.#listing.size + 64) return;
    for (const id of this.#known.keys()) if (!this.#listing.has(id)) this.#known.delete(id);
  }

  async #move(id: string, from: Seen<T>, to: T): Promise<boolean> {
    const entry = this.copies.entry(from.record, to);
    return await this.copies.replace(id, from, to as Init<T>, entry);
  }

  #name(id: string): string {
    return `${this.parts.kind} ${id}`;
  }

  #restless(id: string): SlipwayError {
    return new SlipwayError('RECORD_CONFLICT', `the record changed ${ATTEMPTS} times while it was moved`, {
      object: this.#name(id),
    });
  }

  /** Decodes bytes that Redis holds; undefined when they are damaged. */
  #decode(id: string, bytes: Buffer): Seen<T> | undefined {
    const known = this.#known.get(id);
    if (known?.bytes.equals(bytes)) return known;
    const seen = this.copies.open(id, bytes);
    if (seen) this.#known.set(id, seen);
    return seen;
  }
}
