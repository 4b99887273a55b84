import { type Role, rights } from '@slipway/contracts';
import type { RecordKind, RedisRights } from '@slipway/stages';
import { Keys } from './keys.js';

const kinds: readonly RecordKind[] = ['sandboxes', 'containers', 'images'];
/** Kinds whose changes are in the journal. */
const journalled = new Set<RecordKind>(['sandboxes', 'containers']);

/** Scripts that change something, and the commands of locks. PEXPIRE is for services of earlier versions during an upgrade. */
const swaps = ['eval', 'evalsha', 'get', 'set', 'del', 'pexpire'];

/** The rights of a user of Redis; it has no others. */
export interface RedisUser {
  name: string;
  commands: string[];
  /** As in `ACL SETUSER`: ~pattern, %R~pattern. */
  keys: string[];
}

/** The user of a role at a node's Redis. Several nodes may share a server: the node is in its name, as in its keys. */
export function redisUserName(role: Role, node: string): string {
  return `slipway-${node}-${role}`;
}

/** The beginnings of the names of all locks that a role takes. */
export function lockPrefixes(own: RedisRights): string[] {
  const compares = kinds.filter((kind) => own.records[kind] === 'write').map((kind) => `compare:${kind}:`);
  return [...own.locks, ...compares, ...(own.reserve ? ['reserve'] : [])];
}

/** The user of a role, by the table of rights; undefined for a role without one. */
export function redisUser(role: Role, node: string): RedisUser | undefined {
  const own = rights[role].redis;
  if (!own) return undefined;
  const keys = new Keys(node);
  const patterns = new Set<string>();
  // INFO tells which run of Redis this is: see `isFilled` in redis.ts.
  const commands = new Set(['ping', 'info', 'quit']);
  const allow = (words: readonly string[], where: readonly string[]): void => {
    for (const word of words) commands.add(word);
    for (const pattern of where) patterns.add(pattern);
  };
  for (const kind of kinds) {
    const may = own.records[kind];
    const places = [keys.records(kind), keys.revision(kind), keys.changes(kind), keys.filled(kind)];
    const reads = ['eval_ro', 'evalsha_ro', 'get', 'hget', 'hgetall', 'hkeys', 'lrange'];
    if (may === 'read') {
      allow(
        reads,
        places.map((key) => `%R~${key}`),
      );
    } else if (may === 'write') {
      const more = [keys.bad(kind), keys.compared(kind)];
      const writes = ['hset', 'hdel', 'incr', 'rpush', 'ltrim'];
      allow(
        [...reads, ...writes, ...swaps],
        [...places, ...more].map((key) => `~${key}`),
      );
      if (journalled.has(kind)) allow(['xadd', 'time'], [`~${keys.journal()}`, `~${keys.journalCount()}`]);
    }
  }
  const locks = lockPrefixes(own);
  for (const lock of locks) allow(swaps, [`~${keys.lock(`${lock}*`)}`]);
  if (locks.length > 0) allow(['sadd', 'srem', 'smembers'], [`~${keys.locks()}`]);
  if (own.operations === 'write') allow([...swaps, 'sadd', 'srem', 'smembers'], [`~${keys.operation('*')}`]);
  if (own.operations === 'read') allow(['get'], [`%R~${keys.operation('*')}`]);
  if (own.journal) {
    allow(['multi', 'exec', 'xread', 'xrange', 'xrevrange', 'get'], [`~${keys.journal()}`, `~${keys.journalCount()}`]);
    allow(['hset', 'hdel', 'hgetall'], [`~${keys.bookmarks()}`]);
  }
  if (own.server) allow(['config|set'], []);
  return { name: redisUserName(role, node), commands: [...commands], keys: [...patterns] };
}

/**
 * Nobody gets in without a user of their own. It keeps its rights all the same: Redis 7 loads the transactions of its
 * append-only file as this user, and would leave out those that it may not run.
 */
export const noDefaultUser = 'user default off resetpass ~* &* +@all';

/**
 * The words of a `user` line of redis.conf, or of a line of an aclfile, which begins the same way; see redis.io, "ACL".
 * @param passwordHash SHA-256 of the password, as hex digits
 */
export function redisUserLine({ name, commands, keys }: RedisUser, passwordHash: string): string {
  const words = ['on', `#${passwordHash}`, 'resetchannels', ...keys, '-@all', ...commands.map((word) => `+${word}`)];
  return `user ${name} ${words.join(' ')}`;
}
