import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { redisKeyFile, redisUser, redisUserLine } from '@slipway/records';
import { callerKeyFile, callerRoles } from '@slipway/stage';
import { nkeys } from 'nats';
import { type Role, roles } from './permissions.js';

export interface RoleKey {
  role: Role;
  /** The public key: what the server knows. */
  user: string;
  /** The file with the seed, mode 0600: what the process knows. */
  file: string;
}

/**
 * The nkey of each role, made where its file is missing. A role's key stays the same
 * while the state directory lives, so that a restarted server takes its old clients.
 */
export function ensureKeys(state: string): RoleKey[] {
  const directory = join(state, 'keys');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return roles.map((role) => {
    const file = join(directory, `${role}.nk`);
    const seed = readSeed(file);
    const pair = (seed ? nkeys.fromSeed(Buffer.from(seed)) : nkeys.createUser()) as NkeyPair;
    if (seed === undefined) writeSecret(file, Buffer.from(pair.getSeed()).toString('ascii'));
    return { role, user: pair.getPublicKey(), file };
  });
}

/**
 * Writes the public keys of those who call stages for the stages, which refuse calls that they have not signed then.
 * While a node is upgraded that had none, its callers may be of a version that does not sign: they are written at its next start.
 */
export function publishCallerKeys(state: string, keys: readonly RoleKey[]): void {
  for (const { role, user } of keys) {
    if (callerRoles.includes(role)) writeSecret(callerKeyFile(join(state, 'keys'), role), user);
  }
}

export interface RedisKey {
  role: Role;
  /** The file with `user:password`, mode 0600: what the process knows. */
  file: string;
  /** The user's line of redis.conf, with a hash of the password: what the server knows. */
  line: string;
}

/** The user of each role at Redis, with a password that is made where its file is missing, and kept like the nkeys. */
export function ensureRedisKeys(state: string, node: string): RedisKey[] {
  mkdirSync(join(state, 'keys'), { recursive: true, mode: 0o700 });
  return roles.flatMap((role) => {
    const user = redisUser(role, node);
    if (!user) return [];
    const file = redisKeyFile(state, role);
    const known = readSeed(file);
    const password = known?.slice(known.indexOf(':') + 1) || randomBytes(32).toString('hex');
    if (known !== `${user.name}:${password}`) writeSecret(file, `${user.name}:${password}`);
    return { role, file, line: redisUserLine(user, createHash('sha256').update(password).digest('hex')) };
  });
}

function writeSecret(file: string, secret: string): void {
  writeFileSync(`${file}.new`, `${secret}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The used part of a key pair; the library types it as any. */
interface NkeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
}

function readSeed(file: string): string | undefined {
  try {
    return readFileSync(file, 'ascii').trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
