import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { deadlineIn, hasPassed } from '@slipway/time';
import type { Logger } from 'pino';
import type { Keys, Kind } from './keys.js';
import type { Locks } from './locks.js';
import { guard, type RecordsRedis } from './redis.js';
import type { Reserve } from './reserve.js';
import type { Comparable } from './table.js';

/** Milliseconds between two comparisons of all records, by one of the node's processes. */
const PERIOD_MS = 60_000;
/** Milliseconds between two tries to write what the disk had no room for. */
const CATCH_UP_MS = 5000;
/** Milliseconds for which this process waits until others have compared what it may not write. */
const OTHERS_MS = 10_000;

export interface ComparisonParts {
  redis: RecordsRedis;
  keys: Keys;
  locks: Locks;
  log: Logger;
  reserve: Reserve;
  /** Whether this process takes turns in keeping the reserve. */
  keepsReserve: boolean;
  /** Those that this process may write. */
  tables: readonly Comparable[];
}

/** Keeps the records in Redis and those on disk the same. */
export interface Comparison {
  /**
   * Compares the records of a kind, unless a process of the node has done so since this Redis was started. A kind that
   * this process may only read is waited for. Throws RECORDS_UNAVAILABLE.
   */
  compareOnce(kind: Kind): Promise<void>;
  close(): void;
}

/** Compares from time to time, too: a file may have been damaged, or have been away for want of room. */
export function startComparing(parts: ComparisonParts): Comparison {
  const { redis, keys, locks, log, reserve, tables } = parts;
  const compare = async (table: Comparable): Promise<void> => {
    const differences = await table.compare();
    if (Object.keys(differences).length > 0) {
      log.warn({ kind: table.kind, differences }, 'records in Redis and on disk differed and are the same now');
    }
  };

  const compareOnce = async (kind: Kind): Promise<void> => {
    const run = await runOf(redis);
    const isDone = async (): Promise<boolean> => (await guard(redis.get(keys.filled(kind)), kind)) === run;
    if (await isDone()) return;
    const table = tables.find((own) => own.kind === kind);
    if (!table) return await othersCompare(kind, isDone);
    // The lock names this run: a lock that Redis had from before may be one whose release it lost.
    await locks.with(`compare:${kind}:${run}`, async () => {
      if (await isDone()) return;
      await compare(table);
      await guard(() => redis.renumber(keys.revision(kind), Date.now()), kind);
      await guard(() => redis.set(keys.filled(kind), run), kind);
    });
  };

  const comparisons = new Map<Kind, string>();
  const now = async (): Promise<void> => {
    for (const table of tables) {
      // A single process of the node is enough: the one that finds that nobody has counted since its last look.
      const key = keys.compared(table.kind);
      const read = async (): Promise<string> => (await guard(redis.get(key), table.kind)) ?? '';
      const known = comparisons.get(table.kind) ?? (await read());
      const next = String(Number(known) + 1);
      const mine = (await guard(() => redis.swap(key, known, next), table.kind)) === 1;
      comparisons.set(table.kind, mine ? next : await read());
      if (mine) await compare(table);
    }
  };
  const catchUp = async (): Promise<void> => {
    for (const table of tables) await table.catchUp();
    if (!parts.keepsReserve || (await reserve.isKept())) return;
    // A single process of the node is enough here, too.
    await locks.with('reserve', () => reserve.keep());
  };
  const failed = (error: unknown): void =>
    log.warn({ err: error }, 'records cannot be compared with those on disk now');
  const timers = [
    setInterval(() => void now().catch(failed), PERIOD_MS),
    setInterval(() => void catchUp().catch(failed), CATCH_UP_MS),
  ];
  for (const timer of timers) timer.unref();
  return {
    compareOnce,
    close: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

/** Waits until a process that may write the records of a kind has compared them. */
async function othersCompare(kind: Kind, isDone: () => Promise<boolean>): Promise<void> {
  const end = deadlineIn(OTHERS_MS);
  for (let pause = 20; !hasPassed(end); pause = Math.min(pause * 2, 500)) {
    await sleep(pause);
    if (await isDone()) return;
  }
  throw new SlipwayError('RECORDS_UNAVAILABLE', 'no process has compared these records with their files yet', {
    object: kind,
    hint: 'the gateway does so when it meets a Redis that was started: check that one runs',
  });
}

/** The identity of a Redis process; see `isFilled` in redis.ts. */
async function runOf(redis: RecordsRedis): Promise<string> {
  const text = await guard(redis.info('server'), 'records');
  return /^run_id:(\w+)/m.exec(text)?.[1] ?? 'unknown';
}
