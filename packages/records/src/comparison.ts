import type { Logger } from 'pino';
import type { Keys, Kind } from './keys.js';
import type { Locks } from './locks.js';
import { guard, type RecordsRedis } from './redis.js';
import type { Reserve } from './reserve.js';
import type { Differences } from './table.js';

/** Milliseconds between two comparisons of all records, by one of the node's processes. */
const PERIOD_MS = 60_000;
/** Milliseconds between two tries to write what the disk had no room for. */
const CATCH_UP_MS = 5000;

export interface ComparisonParts {
  redis: RecordsRedis;
  keys: Keys;
  locks: Locks;
  log: Logger;
  reserve: Reserve;
  tables: readonly Comparable[];
}

/** Records of any kind. */
export interface Comparable {
  readonly kind: Kind;
  /** Makes both copies of each record the same. */
  compare(): Promise<Differences>;
  /** Tries again to write the files that could not be written. */
  catchUp(): Promise<void>;
}

/** Keeps the records in Redis and those on disk the same. */
export interface Comparison {
  /** Compares, unless a process of the node has done so since this Redis was started. Throws RECORDS_UNAVAILABLE. */
  compareOnce(): Promise<void>;
  close(): void;
}

/** Compares from time to time, too: a file may have been damaged, or have been away for want of room. */
export function startComparing({ redis, keys, locks, log, reserve, tables }: ComparisonParts): Comparison {
  const compare = async (): Promise<void> => {
    const differences: Record<string, Differences> = {};
    for (const table of tables) {
      const found = await table.compare();
      if (Object.keys(found).length > 0) differences[table.kind] = found;
    }
    if (Object.keys(differences).length > 0) {
      log.warn({ differences }, 'records in Redis and on disk differed and are the same now');
    }
  };

  const compareOnce = async (): Promise<void> => {
    const run = await runOf(redis);
    const isDone = async (): Promise<boolean> => (await guard(redis.get(keys.filled()), 'records')) === run;
    if (await isDone()) return;
    // Of this run: a lock that Redis had from before may be one whose release it lost.
    await locks.with(`compare:${run}`, async () => {
      if (await isDone()) return;
      await compare();
      for (const { kind } of tables) await guard(() => redis.renumber(keys.revision(kind), Date.now()), kind);
      await guard(() => redis.set(keys.filled(), run), 'records');
    });
  };

  let comparisons: string | undefined;
  const now = async (): Promise<void> => {
    // One process of the node is enough: the one that finds that nobody has counted since its last look.
    const known = comparisons ?? (await guard(redis.get(keys.compared()), 'records')) ?? '';
    const next = String(Number(known) + 1);
    const mine = (await guard(() => redis.swap(keys.compared(), known, next, 0), 'records')) === 1;
    comparisons = mine ? next : ((await guard(redis.get(keys.compared()), 'records')) ?? '');
    if (mine) await compare();
  };
  const catchUp = async (): Promise<void> => {
    for (const table of tables) await table.catchUp();
    if (await reserve.isKept()) return;
    // One process of the node is enough here, too.
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

/** What tells one Redis process from the next; see `isFilled` in redis.ts. */
async function runOf(redis: RecordsRedis): Promise<string> {
  const text = await guard(redis.info('server'), 'records');
  return /^run_id:(\w+)/m.exec(text)?.[1] ?? 'unknown';
}
