import { ContainerRecord, ImageRecord, SandboxRecord } from '@slipway/contracts';
import type { Codec } from '@slipway/protobuf';
import type { Logger } from 'pino';
import { Keys, type Kind } from './keys.js';
import { Bookmarks } from './bookmarks.js';
import { Journal } from './journal.js';
import { type Lease, type LockOptions, Locks } from './locks.js';
import { Mirror } from './mirror.js';
import { Operations } from './operations.js';
import { guard, openRedis } from './redis.js';
import { type RecordTable, RedisTable } from './table.js';

export interface RecordsOptions {
  /** redis://host:port or unix:///path/of/socket. */
  url: string;
  node: string;
  /** The directory under which `records/` mirrors Redis. */
  root: string;
  log: Logger;
}

/** All that Slipway knows about a node. */
export interface Records {
  readonly sandboxes: RecordTable<SandboxRecord>;
  readonly containers: RecordTable<ContainerRecord>;
  readonly images: RecordTable<ImageRecord>;
  readonly operations: Operations;
  /** What changed, in order. */
  readonly journal: Journal;
  /** Where readers of the journal were. */
  readonly bookmarks: Bookmarks;
  /** Waits for a lock between all processes of the node. */
  lock(name: string, options?: LockOptions): Promise<Lease>;
  withLock<T>(name: string, work: (signal: AbortSignal) => Promise<T>, options?: LockOptions): Promise<T>;
  /** @throws SlipwayError RECORDS_UNAVAILABLE */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const KINDS = ['sandboxes', 'containers', 'images'] as const satisfies readonly Kind[];

/**
 * Connects to Redis and makes sure that it holds the node's records: one that is
 * empty, now or after a reconnect, is refilled from the mirror.
 */
export async function connectRecords(options: RecordsOptions): Promise<Records> {
  const { node, log } = options;
  const keys = new Keys(node);
  const mirror = new Mirror(options.root, log);
  await mirror.open(KINDS);
  const redis = openRedis(options.url, log);
  const table = <T>(kind: Kind, codec: Codec<T>, phaseOf?: (record: T) => number): RedisTable<T> =>
    new RedisTable(redis, keys, kind, codec, mirror, log, () => refill(), phaseOf);
  const tables = {
    sandboxes: table('sandboxes', SandboxRecord, ({ phase }) => phase),
    containers: table('containers', ContainerRecord, ({ phase }) => phase),
    images: table('images', ImageRecord),
  };
  const locks = new Locks(redis, keys, log);

  const refill = async (): Promise<boolean> => {
    if (await guard(redis.exists(keys.filled()), 'records')) return false;
    await locks.with('refill', async () => {
      if (await guard(redis.exists(keys.filled()), 'records')) return;
      let count = 0;
      for (const kind of KINDS) count += await tables[kind].refill();
      await guard(redis.set(keys.filled(), new Date().toISOString()), 'records');
      if (count > 0) log.warn({ count }, 'redis was empty: records were filled in from disk');
    });
    return true;
  };
  await guard(redis.connect(), options.url);
  await refill();
  redis.on('ready', () => {
    refill().catch((error: unknown) => log.error({ err: error }, 'records could not be filled in from disk'));
  });

  return {
    ...tables,
    operations: new Operations(redis, keys, log),
    journal: new Journal(redis, keys),
    bookmarks: new Bookmarks(redis, keys),
    lock: (name, lockOptions) => locks.lock(name, lockOptions),
    withLock: (name, work, lockOptions) => locks.with(name, work, lockOptions),
    ping: async () => {
      await guard(redis.ping(), options.url);
    },
    close: async () => {
      mirror.close();
      await redis.quit().catch(() => redis.disconnect());
    },
  };
}
