import { ContainerRecord, SandboxRecord } from '@slipway/contracts';
import type { ContainerPhase, SandboxPhase } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { Logger } from 'pino';
import type { Keys } from './keys.js';
import { guard, KEPT_MS, type RecordsRedis } from './redis.js';
import type { Silence } from './silence.js';

/** A place between two entries of the journal. */
export interface Position {
  /** The id of the last entry before it, as Redis numbers entries of a stream. */
  id: string;
  /** How many entries there were before it. */
  count: number;
}

/**
 * A record that came into another phase, or, with `after` undefined, is shown no longer: it was deleted, or is an intent
 * again. `record` is as it was then.
 */
export type Change = {
  /** Right behind this change. */
  position: Position;
  /** Nanoseconds since the epoch, by Redis' clock. */
  at: bigint;
} & (
  | { kind: 'sandboxes'; before: SandboxPhase; after: SandboxPhase | undefined; record: SandboxRecord }
  | { kind: 'containers'; before: ContainerPhase; after: ContainerPhase | undefined; record: ContainerRecord }
);

/** Entries of one read. */
const BATCH = 64;
/** Milliseconds that Redis holds a read without news. Well below what a command may take. */
const BLOCK_MS = 2000;
/** Milliseconds between two looks whether the journal has had news. */
const SWEEP_MS = 60_000;

/**
 * All changes of phase of sandboxes and containers, in the one order in which the records took them: the script that
 * moves a record writes the entry. Redis keeps
 * the last 4096 or so, fewer where records are large, and none once nothing has happened for five minutes.
 */
export class Journal {
  readonly #sweeper: NodeJS.Timeout | undefined;

  /** @param drops whether this process removes a journal without news */
  constructor(
    readonly redis: RecordsRedis,
    readonly keys: Keys,
    readonly log: Logger,
    readonly silence: Silence,
    drops: boolean,
  ) {
    if (!drops) return;
    const sweep = (): void => {
      this.sweep().catch((error: unknown) => this.log.debug({ err: error }, 'the journal cannot be looked at now'));
    };
    this.#sweeper = setInterval(sweep, SWEEP_MS);
    this.#sweeper.unref();
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  /**
   * Removes the journal where this process has seen no news of it for KEPT_MS. Redis does not expire it, because it
   * expires keys by the wall clock: a step of that would drop what subscribers have not read yet, or keep it for as long.
   */
  async sweep(): Promise<void> {
    const { redis, keys } = this;
    const name = keys.journalCount();
    const asked = this.silence.now();
    const count = (await guard(redis.get(name), 'journal')) ?? '';
    if (this.silence.of(name, count, asked) < KEPT_MS) return;
    await guard(() => redis.dropJournal(keys.journal(), name, count), 'journal');
  }

  /** Behind all that has happened. */
  async end(): Promise<Position> {
    const answers = await guard(
      this.redis.multi().get(this.keys.journalCount()).xrevrange(this.keys.journal(), '+', '-', 'COUNT', 1).exec(),
      'journal',
    );
    const last = answers?.[1]?.[1] as [id: string, fields: string[]][] | undefined;
    return { count: Number(answers?.[0]?.[1] ?? 0), id: last?.[0]?.[0] ?? '0-0' };
  }

  /** Reads on from a position, on a connection of its own. */
  open(from: Position): JournalReader {
    return new JournalReader(this.redis.duplicate() as RecordsRedis, this.keys, from);
  }
}

export class JournalReader {
  #at: Position;

  constructor(
    readonly redis: RecordsRedis,
    readonly keys: Keys,
    from: Position,
  ) {
    this.#at = from;
    // A duplicate connects lazily, and what goes wrong rejects the command that is under way.
    redis.on('error', () => undefined);
  }

  /** The changes that are there already, up to a batch; none when there are none. */
  async read(): Promise<Change[]> {
    return await this.#decode(
      await guard(this.redis.xrangeBuffer(this.keys.journal(), `(${this.#at.id}`, '+', 'COUNT', BATCH), 'journal'),
    );
  }

  /**
   * Waits until there are changes.
   * @returns those, up to a batch; none when there were none for some seconds
   * @throws SlipwayError LIMIT_EXCEEDED when changes were dropped before they were read; RECORDS_UNAVAILABLE
   */
  async next(): Promise<Change[]> {
    const answer = await guard(
      this.redis.xreadBuffer('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', this.keys.journal(), this.#at.id),
      'journal',
    );
    const entries = answer?.[0]?.[1];
    if (entries) return await this.#decode(entries);
    const count = Number((await guard(this.redis.get(this.keys.journalCount()), 'journal')) ?? 0);
    if (count === this.#at.count) return [];
    // Counted entries must be readable.
    const changes = await this.read();
    if (changes.length === 0) throw behind();
    return changes;
  }

  close(): void {
    this.redis.disconnect();
  }

  async #decode(entries: Entry[]): Promise<Change[]> {
    const changes: Change[] = [];
    for (const [id, flat] of entries) {
      const fields = new Map<string, Buffer>();
      for (let at = 0; at + 1 < flat.length; at += 2) fields.set(String(flat[at]), flat[at + 1] as Buffer);
      const position = { id: String(id), count: Number(fields.get('count')) };
      if (position.count !== this.#at.count + 1) throw behind();
      this.#at = position;
      const after = String(fields.get('after'));
      const kind = String(fields.get('kind'));
      const codec = kind === 'sandboxes' ? SandboxRecord : ContainerRecord;
      changes.push({
        position,
        at: BigInt(String(fields.get('at'))) * 1000n,
        kind,
        before: Number(fields.get('before')),
        after: after === '' ? undefined : Number(after),
        record: decodeRecord(codec, fields.get('record')),
      } as Change);
    }
    return changes;
  }
}

type Entry = [id: Buffer, fields: Buffer[]];

/** A damaged entry is one that was dropped. */
function decodeRecord(
  codec: { decode(bytes: Uint8Array): SandboxRecord | ContainerRecord },
  bytes: Uint8Array = Buffer.alloc(0),
): SandboxRecord | ContainerRecord {
  try {
    return codec.decode(bytes);
  } catch {
    throw behind();
  }
}

function behind(): SlipwayError {
  return new SlipwayError(
    'LIMIT_EXCEEDED',
    'events were dropped before they were read: the reader fell too far behind',
    {
      object: 'events',
      hint: 'list the pods and containers again, then connect again; read faster than the node changes',
    },
  );
}
