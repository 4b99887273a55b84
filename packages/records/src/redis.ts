import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { RedisAccess } from './access.js';

/** Entries of the journal that Redis keeps, about, and bytes of records at which it keeps fewer. */
const KEPT_ENTRIES = 4096;
const KEPT_BYTES = 32 << 20;
/** Milliseconds after which a journal without news is dropped. */
export const KEPT_MS = 300_000;

/** Changes of a kind that Redis remembers; who missed more reads all records again. Each is about 80 bytes. */
const KEPT_CHANGES = 512;

/**
 * Raises the revision of a kind and notes its record. A raise without a note, as of a refill,
 * makes every reader read all records again.
 */
const note = (revision: string, changes: string): string => `
local revision = redis.call('INCR', ${revision})
redis.call('RPUSH', ${changes}, string.format('%.0f:', revision) .. ARGV[1])
redis.call('LTRIM', ${changes}, -${KEPT_CHANGES}, -1)`;

/**
 * Whether the records were compared since this Redis was started: it brings the mark back from its file, and with it
 * what was true some changes ago. A server that does not report its run id has only the mark.
 */
const isFilled = (filled: string): string => `
local mark = redis.call('GET', ${filled})
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local compared = mark and (not run or mark == run)`;

/** A field, of a Redis whose records were compared: whether they were, and its value. */
const LOOK = `${isFilled('KEYS[2]')}
return {compared and 1 or 0, redis.call('HGET', KEYS[1], ARGV[1])}`;

/** Whether a field holds these bytes. */
const HOLDS = `if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return 1 else return 0 end`;

/**
 * Raises the revision of a kind beyond any that was ever used, also by a Redis that has lost its last changes: who cached
 * a list under it would take it for still true.
 */
const RENUMBER = `
local now = tonumber(redis.call('GET', KEYS[1]) or '0')
redis.call('SET', KEYS[1], string.format('%.0f', math.max(now + 1048576, tonumber(ARGV[1]))))
return 1`;

/**
 * The changes since a revision (its first argument): nothing, where the records are still to be compared; the revision now, and with
 * 'some' the records that changed, an empty value where one is gone, or with 'all' every record. A note that does not
 * stand for the revision right behind the caller's means that revisions are missing between them.
 */
const CHANGED_SINCE = `${isFilled('KEYS[4]')}
if not compared then return {} end
local now = redis.call('GET', KEYS[2]) or '0'
if now == ARGV[1] then return {now, 'some', {}} end
local behind = tonumber(now) - (tonumber(ARGV[1]) or 0)
if ARGV[1] ~= '' and behind > 0 and behind <= ${KEPT_CHANGES} then
  local changes = redis.call('LRANGE', KEYS[3], -behind, -1)
  local next = string.format('%.0f:', tonumber(ARGV[1]) + 1)
  if #changes == behind and string.sub(changes[1], 1, #next) == next then
    local seen, some = {}, {}
    for _, change in ipairs(changes) do
      local id = string.sub(change, #next + 1)
      if not seen[id] then
        seen[id] = true
        some[#some + 1] = id
        some[#some + 1] = redis.call('HGET', KEYS[1], id) or ''
      end
    end
    return {now, 'some', some}
  end
end
return {now, 'all', redis.call('HGETALL', KEYS[1])}`;

/**
 * Changes a field only if it still holds the value that was read; an empty argument means "no such field". Returns 1, or 0
 * when it holds something else, or -1 when the records are still to be compared, which the caller is not just doing.
 */
const COMPARE_AND_SET = `${isFilled('KEYS[3]')}
if not compared and ARGV[4] == '' then return -1 end
local now = redis.call('HGET', KEYS[1], ARGV[1])
if (now or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
${note('KEYS[2]', 'KEYS[4]')}`;

/** The same for who may not write the journal: its keys are not even named. */
const CHANGE = `${COMPARE_AND_SET}
return 1`;

/** The same, and the change is an entry of the journal in the same step: their orders are one. */
const CHANGE_AND_TELL = `${COMPARE_AND_SET}
local time = redis.call('TIME')
local at = time[1] .. string.format('%06d', time[2])
local record = ARGV[7] == '' and ARGV[2] or ARGV[3]
local kept = math.min(${KEPT_ENTRIES}, math.max(64, math.floor(${KEPT_BYTES} / #record)))
redis.call('XADD', KEYS[5], 'MAXLEN', '~', kept, '*', 'count', redis.call('INCR', KEYS[6]), 'at', at,
  'kind', ARGV[5], 'before', ARGV[6], 'after', ARGV[7], 'record', record)
return 1`;

/**
 * Takes a lock that holds the value that was read; an empty argument means "free". The set of all locks gets its name. Answers
 * nothing, or what the lock holds instead.
 */
const TAKE_LOCK = `
local now = redis.call('GET', KEYS[1]) or ''
if now ~= ARGV[1] then return now end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
return false`;

/** Gives a lock back, or removes what a dead holder left, if its value still begins so; an empty argument means a free one. */
const DROP_LOCK = `
local now = redis.call('GET', KEYS[1])
if now and (ARGV[1] == '' or string.sub(now, 1, #ARGV[1]) ~= ARGV[1]) then return 0 end
redis.call('SREM', KEYS[2], ARGV[2])
return redis.call('DEL', KEYS[1])`;

/** Whether a key holds a value that begins with the holder's own words, whatever was renewed behind them. */
const OWN = `
local now = redis.call('GET', KEYS[1])
if not now or string.sub(now, 1, #ARGV[1]) ~= ARGV[1] then return 0 end`;

/** Replaces what its holder has in a key. */
const REPLACE_OWN = `${OWN}
redis.call('SET', KEYS[1], ARGV[2])
return 1`;

/** Replaces a string only if it still holds what was read; an empty argument means an absent one. */
const SWAP = `
local now = redis.call('GET', KEYS[1])
if (now or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`;

/** Replaces what its holder has in an operation's key by the failure. The set of all failures gets its name. */
const FAIL_OPERATION = `${OWN}
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
return 1`;

/** Removes a failure if the operation still holds it. Whatever it holds, it is in the set no longer. */
const DROP_FAILURE = `
redis.call('SREM', KEYS[2], ARGV[2])
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** Removes an operation if it is that of this object and this owner, in whatever state it is. */
const DROP_OPERATION = `
local whole, now = pcall(cjson.decode, redis.call('GET', KEYS[1]) or '')
if not whole or type(now) ~= 'table' or now.id ~= ARGV[1] or now.owner ~= ARGV[2] then return 0 end
redis.call('SREM', KEYS[2], ARGV[3])
return redis.call('DEL', KEYS[1])`;

/** Removes the journal if it has had no entry since its entries were counted. */
const DROP_JOURNAL = `
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

export type ChangeKeys = [hash: string, revision: string, filled: string, changes: string];
export type ChangeValues = [field: string, from: Buffer | string, to: Buffer | string, comparing: '' | 'comparing'];
type ChangeWords = [...ChangeKeys, ...ChangeValues];
type EntryWords = [kind: string, before: string, after: string];

export interface RecordsRedis extends Redis {
  holds(hash: string, field: string, bytes: Buffer | string): Promise<number>;
  /** `at` is the time in milliseconds since the epoch. */
  renumber(revision: string, at: number): Promise<number>;
  changedSinceBuffer(
    hash: string,
    revision: string,
    changes: string,
    filled: string,
    known: string,
  ): Promise<[] | [revision: Buffer, which: Buffer, fields: Buffer[]]>;
  change(...words: ChangeWords): Promise<number>;
  changeAndTell(
    ...words: [...ChangeKeys, journal: string, journalCount: string, ...ChangeValues, ...EntryWords]
  ): Promise<number>;
  lookBuffer(hash: string, filled: string, field: string): Promise<[compared: number, value: Buffer | null]>;
  takeLock(key: string, locks: string, from: string, to: string, name: string): Promise<string | null>;
  dropLock(key: string, locks: string, own: string, name: string): Promise<number>;
  replaceOwn(key: string, own: string, to: string): Promise<number>;
  swap(key: string, from: string, to: string): Promise<number>;
  failOperation(key: string, failures: string, own: string, to: string, name: string): Promise<number>;
  dropFailure(key: string, failures: string, text: string, name: string): Promise<number>;
  dropOperation(key: string, failures: string, id: string, owner: string, name: string): Promise<number>;
  /** `count` is how many entries it ever had. */
  dropJournal(journal: string, journalCount: string, count: string): Promise<number>;
}

/** Milliseconds that a command may take. Redis answers in a fraction of one, but for a disk whose fsync takes seconds. */
const COMMAND_TIMEOUT_MS = 15_000;

/** Milliseconds between two records in the log that the connection still fails. */
const TELL_MS = 30_000;

/**
 * A script that changes nothing, called so that a user may run it who may read its keys and not write them (EVAL_RO, of
 * Redis 7 and Valkey).
 */
function reading(redis: Redis, lua: string): (keys: string[], values: string[]) => Promise<unknown> {
  const digest = createHash('sha1').update(lua).digest('hex');
  return async (keys, values) => {
    const words = [keys.length, ...keys, ...values];
    try {
      return await redis.callBuffer('EVALSHA_RO', digest, ...words);
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return await redis.callBuffer('EVAL_RO', lua, ...words);
    }
  };
}

/** A connection that comes back by itself. `unix://` takes the socket's path. Without `access` the URL says who it is. */
export function openRedis(url: string, log: Logger, access?: Pick<RedisAccess, 'username' | 'password'>): RecordsRedis {
  const options = {
    lazyConnect: true,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 20,
    retryStrategy: (attempt: number) => Math.min(20 * attempt, 500),
    enableReadyCheck: true,
    // CLIENT SETINFO is none of what a role may.
    disableClientInfo: true,
    ...(access ? { username: access.username, password: access.password } : {}),
  };
  const redis = url.startsWith('unix://')
    ? new Redis({ ...options, path: url.slice('unix://'.length) })
    : new Redis(url, options);
  // The first connect rejects with its error; a lost connection is logged here once, and not at each attempt.
  let tellFrom = Number.POSITIVE_INFINITY;
  redis.on('ready', () => (tellFrom = 0));
  redis.on('error', (error: Error) => {
    const level = performance.now() >= tellFrom ? 'warn' : 'debug';
    if (level === 'warn') tellFrom = performance.now() + TELL_MS;
    log[level]({ err: error }, 'redis connection failed');
  });
  redis.defineCommand('change', { numberOfKeys: 4, lua: CHANGE });
  redis.defineCommand('changeAndTell', { numberOfKeys: 6, lua: CHANGE_AND_TELL });
  redis.defineCommand('holds', { numberOfKeys: 1, lua: HOLDS });
  redis.defineCommand('renumber', { numberOfKeys: 1, lua: RENUMBER });
  redis.defineCommand('takeLock', { numberOfKeys: 2, lua: TAKE_LOCK });
  redis.defineCommand('dropLock', { numberOfKeys: 2, lua: DROP_LOCK });
  redis.defineCommand('replaceOwn', { numberOfKeys: 1, lua: REPLACE_OWN });
  redis.defineCommand('swap', { numberOfKeys: 1, lua: SWAP });
  redis.defineCommand('failOperation', { numberOfKeys: 2, lua: FAIL_OPERATION });
  redis.defineCommand('dropFailure', { numberOfKeys: 2, lua: DROP_FAILURE });
  redis.defineCommand('dropOperation', { numberOfKeys: 2, lua: DROP_OPERATION });
  redis.defineCommand('dropJournal', { numberOfKeys: 2, lua: DROP_JOURNAL });
  const look = reading(redis, LOOK);
  const changedSince = reading(redis, CHANGED_SINCE);
  return Object.assign(
    redis as RecordsRedis,
    {
      lookBuffer: (hash: string, filled: string, field: string) => look([hash, filled], [field]),
      changedSinceBuffer: (hash: string, revision: string, changes: string, filled: string, known: string) =>
        changedSince([hash, revision, changes, filled], [known]),
    } as Pick<RecordsRedis, 'lookBuffer' | 'changedSinceBuffer'>,
  );
}

/** Milliseconds for which a change is tried that Redis refuses because it cannot write its file, and between two tries. */
const DENIED_MS = 6000;
const DENIED_PAUSE_MS = 250;

/**
 * Runs a Redis command; what goes wrong becomes RECORDS_UNAVAILABLE. A change is given as a function: while Redis
 * refuses changes because its disk is full it is tried again, for slipway up then has Redis do without its file.
 * @throws SlipwayError RECORDS_UNAVAILABLE; DISK_FULL where that did not help, as for a Redis of the site
 */
export async function guard<T>(command: Promise<T> | (() => Promise<T>), object: string): Promise<T> {
  const end = performance.now() + DENIED_MS;
  for (;;) {
    try {
      return await (typeof command === 'function' ? command() : command);
    } catch (cause) {
      const { message } = cause as Error;
      if (!message.includes('MISCONF')) {
        throw new SlipwayError('RECORDS_UNAVAILABLE', `redis: ${message}`, { object, cause });
      }
      if (typeof command !== 'function' || performance.now() > end) {
        const hint = 'free space on the file system that Redis writes to: it takes changes again by itself';
        throw new SlipwayError('DISK_FULL', `redis: ${message}`, { object, cause, hint });
      }
      await sleep(DENIED_PAUSE_MS);
    }
  }
}
