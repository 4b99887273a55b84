import { SlipwayError } from '@slipway/errors';
import type { Codec, Init } from '@slipway/protobuf';
import type { Logger } from 'pino';
import type { BesideCopies } from './beside.js';
import { decide, type Standing, type Verdict } from './decide.js';
import type { Gate } from './gate.js';
import type { Keys, Kind } from './keys.js';
import type { Mirror } from './mirror.js';
import { type ChangeKeys, type ChangeValues, guard, type RecordsRedis } from './redis.js';
import { nextRevision, readSeal, recordFormat, type Seal, seal } from './seal.js';

/** Phases as numbers; no `after` is a deletion. */
export interface JournalEntry {
  before: string;
  after: string;
}

/** A record, and the bytes that it was read from. */
export interface Seen<T> {
  bytes: Buffer;
  record: T;
  revision: bigint;
  boot: string;
}

export interface CopiesParts<T> {
  redis: RecordsRedis;
  keys: Keys;
  kind: Kind;
  codec: Codec<T>;
  mirror: Mirror;
  beside: BesideCopies;
  log: Logger;
  /** This run of the kernel. */
  boot: string;
  gate: Gate;
  /** A record's phase, where the kind has phases; 0 is that of a record of which nothing is shown yet. */
  phaseOf?: ((record: T) => number) | undefined;
}

/** The action on a record: see decide.ts; `restored`: it was in neither copy, and is that of a third one again. */
export type Settled = Verdict | 'restored';

/** Attempts to settle a record; each lost one means that another process changed it. */
const ATTEMPTS = 50;

/**
 * The copies of the records of a kind: the value in Redis, and the file; and a third one for the case that both are
 * lost (see beside.ts). Redis is changed first, by compare-and-set;
 * the file follows before the change is acknowledged, so that a Redis that loses its last writes loses nothing. Two
 * processes that change a record concurrently each check, after they wrote the file, whether Redis still holds that: the
 * last one to write the file leaves in it what Redis has. No caller waits for that check.
 */
export class Copies<T extends { id: string }> {
  /** Records whose file could not be written, as on a full disk. */
  readonly #behind = new Set<string>();
  /** By record, the comparison of its file with Redis that is under way. */
  readonly #checks = new Map<string, Promise<unknown>>();
  /** That was said. */
  #reported = false;

  constructor(readonly parts: CopiesParts<T>) {}

  get #hash(): string {
    return this.parts.keys.records(this.parts.kind);
  }

  #name(id: string): string {
    return `${this.parts.kind} ${id}`;
  }

  /**
   * Decodes; undefined when the bytes are not those of this record.
   * @throws SlipwayError RECORD_TOO_NEW: it is whole, and another version's
   */
  open(id: string, bytes: Buffer): Seen<T> | undefined {
    const own = sealOf(bytes);
    if (!own) return undefined;
    const { format, revision, boot } = own;
    if (format > recordFormat) {
      throw new SlipwayError(
        'RECORD_TOO_NEW',
        `the record is of format ${format}, and this version reads formats up to ${recordFormat}`,
        { object: this.#name(id) },
      );
    }
    try {
      const record = this.parts.codec.decode(bytes);
      return record.id === id ? { bytes, record, revision, boot } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Inserts a record. Answers false when there is one. */
  async insert(id: string, record: Init<T>): Promise<boolean> {
    const { mirror, kind } = this.parts;
    const grave = await mirror.tombstone(kind, id);
    const buried = grave && revisionOf(grave);
    // It would hold for the new record, too.
    if (buried === 'damaged') await mirror.exhume(kind, id);
    return await this.#set(id, '', this.#seal(record, typeof buried === 'bigint' ? buried : 0n));
  }

  /** Changes a record, if it is still the one that was read. */
  async replace(
    id: string,
    from: Seen<T>,
    to: Init<T>,
    entry?: JournalEntry,
    /** The caller compares all records, for which everybody else waits. */
    comparing = false,
  ): Promise<boolean> {
    return await this.#set(id, from.bytes, this.#seal(to, from.revision), entry, comparing);
  }

  /** Deletes a record, if it is still the one that was read. */
  async delete(id: string, from: Seen<T>, entry?: JournalEntry): Promise<boolean> {
    await this.#checks.get(id);
    // A process that dies from here on has decided that the record goes: the next comparison completes it.
    await this.#onDisk(id, () => this.parts.mirror.bury(this.parts.kind, id, from.bytes));
    if (!(await this.#compareAndSet(id, from.bytes, '', entry))) return false;
    this.parts.beside.remove(this.parts.kind, id);
    await this.#onDisk(id, () => this.#dropUpTo(id, from.revision));
    return true;
  }

  /**
   * The journal's entry of a change: none where the phase stays, or the record was never shown. A record
   * that is shown no longer is gone for who reads it.
   */
  entry(current: T | undefined, next?: T): JournalEntry | undefined {
    const { phaseOf } = this.parts;
    if (!phaseOf) return undefined;
    const before = current === undefined ? 0 : phaseOf(current);
    if (next === undefined) return before === 0 ? undefined : { before: String(before), after: '' };
    const after = phaseOf(next);
    return after === before ? undefined : { before: String(before), after: after === 0 ? '' : String(after) };
  }

  /**
   * Makes both copies say the same. Answers the record in force, and which of them was followed.
   * @param comparing as for `replace`
   */
  async settle(id: string, comparing = false): Promise<{ seen: Seen<T> | undefined; verdict: Settled }> {
    const { mirror, kind, redis, log } = this.parts;
    let verdict: Settled | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // In this order: whoever writes does so in Redis first, and whoever deletes makes the tombstone before.
      const file = await mirror.read(kind, id);
      const bytes = (await guard(redis.hgetBuffer(this.#hash, id), this.#name(id))) ?? undefined;
      const grave = await mirror.tombstone(kind, id);
      const inRedis = bytes && this.open(id, bytes);
      const inMirror = file && this.open(id, file);
      const now = decide(standing(bytes, inRedis), standing(file, inMirror), grave && revisionOf(grave));
      verdict ??= now;
      const damaged = (bytes && !inRedis) || (file && !inMirror);
      if (damaged && now !== 'lost')
        log.error({ kind, id, verdict: now }, 'a copy of a record is damaged: the other one is in force');
      switch (now) {
        case 'agree':
          if (inRedis || !(await this.#restore(id, grave, comparing))) return { seen: inRedis, verdict };
          verdict = 'restored';
          break;
        case 'take-redis':
          await this.#onDisk(id, () => mirror.write(kind, id, bytes as Buffer));
          return { seen: inRedis, verdict };
        case 'take-mirror':
          // The record is read again afterwards, because it may have been deleted meanwhile.
          await this.#compareAndSet(
            id,
            bytes ?? '',
            file as Buffer,
            this.entry(inRedis?.record, inMirror?.record),
            comparing,
          );
          break;
        case 'delete':
          if (bytes) await this.#compareAndSet(id, bytes, '', inRedis && this.entry(inRedis.record), comparing);
          if (file) await mirror.drop(kind, id);
          break;
        case 'lost':
          await this.#setAside(id, bytes, file, comparing);
          // The next look restores it, where there is a third copy.
          break;
      }
    }
    log.warn({ kind, id }, 'a record changed too often while its copies were compared');
    return { seen: undefined, verdict: verdict ?? 'agree' };
  }

  /** Tries again to write the files that could not be written. */
  async catchUp(): Promise<void> {
    for (const id of [...this.#behind]) {
      this.#behind.delete(id);
      await this.settle(id);
      if (this.#behind.has(id)) return;
    }
    if (this.#reported) this.parts.log.info({ kind: this.parts.kind }, 'all records are on disk again');
    this.#reported = false;
  }

  /** Takes a record that is in neither copy from the third one. Answers false where that has none that is in force. */
  async #restore(id: string, grave: Buffer | undefined, comparing: boolean): Promise<boolean> {
    const { beside, kind, log } = this.parts;
    const bytes = beside.read(kind, id);
    const kept = bytes && this.open(id, bytes);
    if (!kept || kept.revision === 0n) return false;
    if (grave && !isNewer(kept.revision, revisionOf(grave))) return false;
    if (await this.#compareAndSet(id, '', kept.bytes, this.entry(undefined, kept.record), comparing)) {
      log.error(
        { kind, id },
        'a record was lost in Redis and on disk: it is restored from the copy beside what it describes',
      );
    }
    return true;
  }

  async #setAside(id: string, bytes: Buffer | undefined, file: Buffer | undefined, comparing: boolean): Promise<void> {
    const { mirror, kind, redis, keys, log } = this.parts;
    if (bytes) {
      await guard(() => redis.hset(keys.bad(kind), id, bytes), this.#name(id));
      await this.#compareAndSet(id, bytes, '', undefined, comparing);
    }
    const path = await mirror.setAside(kind, id, file ?? bytes).catch((error: unknown) => {
      log.error({ err: error, kind, id }, 'a record that cannot be decoded cannot be set aside on disk');
    });
    log.error({ kind, id, path }, 'record cannot be decoded and was set aside');
  }

  #seal(record: Init<T>, before: bigint): Buffer {
    return seal(this.parts.codec.encode(record), {
      format: recordFormat,
      revision: nextRevision(before),
      boot: this.parts.boot,
    });
  }

  async #set(id: string, from: Buffer | '', to: Buffer, entry?: JournalEntry, comparing = false): Promise<boolean> {
    // The check of the last change may write the file, and must not overwrite that of this change.
    await this.#checks.get(id);
    if (!(await this.#compareAndSet(id, from, to, entry, comparing))) return false;
    this.parts.beside.write(this.parts.kind, id, to);
    await this.#onDisk(id, () => this.parts.mirror.write(this.parts.kind, id, to));
    // The file now holds this change or a later one, unless another process that changed Redis earlier wrote its file
    // later. The check corrects that, and the caller need not wait for it: when this process dies first, the next
    // comparison of the copies corrects it.
    const check: Promise<unknown> = Promise.all([
      this.#checks.get(id),
      this.#onDisk(id, () => this.#follow(id, to)).catch(() => this.#behind.add(id)),
    ]).finally(() => {
      if (this.#checks.get(id) === check) this.#checks.delete(id);
    });
    this.#checks.set(id, check);
    return true;
  }

  /** Waits for the checks that are under way. */
  async settled(): Promise<void> {
    while (this.#checks.size > 0) await Promise.all(this.#checks.values());
  }

  /** Checks whether a written file is still the same as Redis, and writes it again until it is. */
  async #follow(id: string, bytes: Buffer): Promise<void> {
    const { mirror, kind, redis } = this.parts;
    for (let written = bytes; ; ) {
      if ((await guard(redis.holds(this.#hash, id, written), this.#name(id))) === 1) return;
      const now = await guard(redis.hgetBuffer(this.#hash, id), this.#name(id));
      const revision = revisionOf(written);
      if (!now) return await this.#buried(id, revision);
      // An older one means that Redis was started again, and lost it: the comparison takes it from the file.
      if (!isNewer(revisionOf(now), revision)) return;
      written = now;
      await mirror.write(kind, id, written);
    }
  }

  /** Another process deleted the record while its file was written. Without a tombstone Redis lost it, and it stays. */
  async #buried(id: string, revision: bigint | 'damaged'): Promise<void> {
    const grave = await this.parts.mirror.tombstone(this.parts.kind, id);
    if (grave && !isNewer(revision, revisionOf(grave))) await this.#dropUpTo(id, revision);
  }

  /** Removes a record's file, unless it is that of a later record. */
  async #dropUpTo(id: string, revision: bigint | 'damaged'): Promise<void> {
    const { mirror, kind } = this.parts;
    const file = await mirror.read(kind, id);
    if (file && !isNewer(revisionOf(file), revision)) await mirror.drop(kind, id);
  }

  /** Whatever the disk answers, Redis has the change: the file is written later. */
  async #onDisk(id: string, work: () => Promise<void>): Promise<void> {
    const { log, kind } = this.parts;
    try {
      await work();
    } catch (error) {
      if ((error as { code?: unknown }).code === 'RECORDS_UNAVAILABLE') throw error;
      this.#behind.add(id);
      if (this.#reported) return;
      this.#reported = true;
      log.error({ err: error, kind, id }, 'a record cannot be written to disk: only Redis has it; it is tried again');
    }
  }

  async #compareAndSet(
    id: string,
    from: Buffer | '',
    to: Buffer | '',
    entry?: JournalEntry,
    comparing = false,
  ): Promise<boolean> {
    const { keys, kind, redis, gate } = this.parts;
    const places: ChangeKeys = [this.#hash, keys.revision(kind), keys.filled(kind), keys.changes(kind)];
    const values: ChangeValues = [id, from, to, comparing ? 'comparing' : ''];
    const journal = [keys.journal(), keys.journalCount()] as const;
    for (;;) {
      const swap = (): Promise<number> =>
        entry
          ? redis.changeAndTell(...places, ...journal, ...values, kind, entry.before, entry.after)
          : redis.change(...places, ...values);
      const { epoch } = gate;
      const swapped = await guard(swap, this.#name(id));
      if (swapped === 1) return true;
      if (swapped === 0) {
        // The connection was lost, and the change sent again: it may have been done the first time, without an answer.
        const wasSentAgain = to !== '' && gate.epoch !== epoch;
        return wasSentAgain && (await guard(redis.holds(this.#hash, id, to), this.#name(id))) === 1;
      }
      gate.reset();
      await gate.pass();
    }
  }
}

function sealOf(bytes: Buffer): Seal | undefined {
  try {
    return readSeal(bytes);
  } catch {
    return undefined;
  }
}

function standing(bytes: Buffer | undefined, seen: { revision: bigint } | undefined): Standing {
  if (!bytes) return 'absent';
  return seen ? { revision: seen.revision, bytes } : 'damaged';
}

function revisionOf(bytes: Buffer): bigint | 'damaged' {
  return (bytes.length > 0 ? sealOf(bytes)?.revision : undefined) ?? 'damaged';
}

/** Whether one revision is higher than another. A damaged one is none. */
function isNewer(one: bigint | 'damaged', other: bigint | 'damaged'): boolean {
  return one !== 'damaged' && (other === 'damaged' || one > other);
}
