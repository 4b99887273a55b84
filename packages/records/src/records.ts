import { ContainerRecord, ImageRecord, rights, SandboxRecord } from '@slipway/contracts';
import { bootId } from '@slipway/time';
import type { Logger } from 'pino';
import { Keys, type Kind } from './keys.js';
import type { RedisAccess } from './access.js';
import { lockPrefixes } from './acl.js';
import { BesideCopies } from './beside.js';
import { Bookmarks } from './bookmarks.js';
import { type Comparison, startComparing } from './comparison.js';
import { Gate } from './gate.js';
import { Journal } from './journal.js';
import { type Lease, type LockOptions, Locks, type WithLock } from './locks.js';
import { Mirror } from './mirror.js';
import { Operations } from './operations.js';
import { guard, openRedis } from './redis.js';
import { containerAfterReboot, sandboxAfterReboot } from './reboot.js';
import { Reserve } from './reserve.js';
import { Silence } from './silence.js';
import { type RecordTable, RedisTable, type TableParts } from './table.js';

export interface RecordsOptions {
  /** redis://host:port or unix:///path/of/socket. */
  url: string;
  node: string;
  /** The directory under which `records/` mirrors Redis. */
  root: string;
  /** The directory below which executors keep `sandboxes/<id>` and `containers/<id>`, and records third copies: see beside.ts. Default: none. */
  state?: string;
  log: Logger;
  /** Bytes below `root` that are kept free for records on a full disk. Default 0: none. */
  reserveBytes?: number;
  /** As whom; default: whoever the URL says, with all rights. */
  access?: RedisAccess | undefined;
  /** This run of the kernel, as 32 hex digits. Default: what the kernel says. */
  boot?: string;
}

/** All that Slipway knows about a node. */
export interface Records {
  readonly sandboxes: RecordTable<SandboxRecord>;
  readonly containers: RecordTable<ContainerRecord>;
  readonly images: RecordTable<ImageRecord>;
  readonly operations: Operations;
  /** Changes, in order. */
  readonly journal: Journal;
  /** Where readers of the journal were. */
  readonly bookmarks: Bookmarks;
  /** Waits for a lock between all processes of the node. */
  lock(name: string, options?: LockOptions): Promise<Lease>;
  /** Holds a lock while `work` runs, and may read state in the same round trip; see Locks. */
  readonly withLock: WithLock;
  /** Calls `listener` each time that a Redis was met and its records were compared. Answers what ends that. */
  onCompared(listener: () => void): () => void;
  /** @throws SlipwayError RECORDS_UNAVAILABLE */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const KINDS = ['sandboxes', 'containers', 'images'] as const satisfies readonly Kind[];

/**
 * Connects to Redis and makes sure that it holds the node's records: each Redis that is met, now or after a reconnect,
 * is compared with the mirror before it is read.
 */
export async function connectRecords(options: RecordsOptions): Promise<Records> {
  const { node, log, boot = bootId() } = options;
  const keys = new Keys(node);
  const reserve = new Reserve(options.root, options.reserveBytes ?? 0, log);
  const mirror = new Mirror(options.root, log, reserve);
  const own = options.access && rights[options.access.role].redis;
  const writes = (kind: Kind): boolean => own === undefined || own.records[kind] === 'write';
  await mirror.open(KINDS.filter(writes));
  const redis = openRedis(options.url, log, options.access);
  const silence = new Silence();
  const locks = new Locks(redis, keys, log, silence, own && lockPrefixes(own));
  const operations = new Operations(redis, keys, log, silence, own === undefined || own.operations === 'write');
  const journal = new Journal(redis, keys, log, silence, own === undefined || own.journal === true);
  const gates: Gate[] = [];
  const beside = new BesideCopies(options.state, log);
  beside.open(KINDS.filter(writes));
  const parts = { redis, keys, mirror, beside, log, boot };
  const table = <T extends { id: string }>(of: Pick<TableParts<T>, 'kind' | 'codec' | 'phaseOf' | 'afterReboot'>) => {
    const gate = new Gate(() => comparison.compareOnce(of.kind));
    gates.push(gate);
    return new RedisTable<T>({ ...parts, ...of, gate, writes: writes(of.kind) });
  };
  const tables = {
    sandboxes: table<SandboxRecord>({
      kind: 'sandboxes',
      codec: SandboxRecord,
      phaseOf: ({ phase }) => phase,
      afterReboot: sandboxAfterReboot,
    }),
    containers: table<ContainerRecord>({
      kind: 'containers',
      codec: ContainerRecord,
      phaseOf: ({ phase }) => phase,
      afterReboot: containerAfterReboot,
    }),
    images: table<ImageRecord>({ kind: 'images', codec: ImageRecord }),
  };
  const owned = Object.values(tables).filter(({ parts: of }) => of.writes);
  const comparison: Comparison = startComparing({
    redis,
    keys,
    locks,
    log,
    reserve,
    keepsReserve: own === undefined || own.reserve === true,
    tables: owned,
  });
  const listeners = new Set<() => void>();
  const compareOwned = async (): Promise<void> => {
    for (const { parts: of } of owned) await of.gate.pass();
  };
  redis.on('ready', () => {
    silence.reset();
    for (const gate of gates) gate.reset();
    const passed = compareOwned().then(() => {
      for (const listener of listeners) listener();
    });
    passed.catch((error: unknown) => log.error({ err: error }, 'records cannot be compared with those on disk'));
  });
  const close = (): void => {
    mirror.close();
    comparison.close();
    locks.close();
    operations.close();
    journal.close();
    silence.close();
  };
  try {
    await guard(redis.connect(), options.url);
    await compareOwned();
  } catch (error) {
    // A caller that retries opens all of it again.
    redis.disconnect();
    close();
    throw error;
  }

  return {
    ...tables,
    operations,
    journal,
    bookmarks: new Bookmarks(redis, keys),
    lock: (name, lockOptions) => locks.lock(name, lockOptions),
    withLock: locks.with,
    onCompared: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ping: async () => {
      await guard(redis.ping(), options.url);
    },
    close: async () => {
      close();
      await locks.settled();
      for (const one of Object.values(tables)) await one.settled();
      await redis.quit().catch(() => redis.disconnect());
    },
  };
}
