import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';

/** As whom a process uses Redis: it takes upon itself what the role may, and no more. */
export interface RedisAccess {
  role: Role;
  username: string;
  password: string;
}

/** Where the private Redis of a node listens. */
export function privateRedis(state: string): string {
  return join(state, 'redis.sock');
}

/** The file of a role's user and password below a state directory, or a directory that `slipway redis-acl` wrote. */
export function redisKeyFile(directory: string, role: Role): string {
  return join(directory, 'keys', `${role}.redis`);
}

/**
 * The user of a role: from the file that is set or, in a directory that is set, the role's file, else, at the private
 * Redis, the file that `slipway up` wrote. Undefined where there is none, as at a Redis of the site whose URL says all.
 * @throws SlipwayError INVALID_CONFIG for a file that cannot be read or holds something else
 */
export function redisAccess(
  settings: { state: string; redis: { credentials: string } },
  url: string,
  role: Role,
): RedisAccess | undefined {
  const { credentials } = settings.redis;
  if (credentials !== '') return readAccess(fileIn(credentials, role), role);
  const own = redisKeyFile(settings.state, role);
  if (url !== `unix://${privateRedis(settings.state)}` || !statSync(own, { throwIfNoEntry: false })) return undefined;
  return readAccess(own, role);
}

function fileIn(path: string, role: Role): string {
  const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isDirectory ? join(path, `${role}.redis`) : path;
}

function readAccess(file: string, role: Role): RedisAccess {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new SlipwayError('INVALID_CONFIG', `the user for Redis cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  const colon = text.indexOf(':');
  if (colon <= 0) {
    throw new SlipwayError('INVALID_CONFIG', 'the file does not hold user:password for Redis', { object: file });
  }
  return { role, username: text.slice(0, colon), password: text.slice(colon + 1) };
}
