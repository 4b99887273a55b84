import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
export async function ensureKeys(state: string): Promise<RoleKey[]> {
  // Loaded here: a supervisor needs the library once, for this.
  const { nkeys } = (await import('nats')).default;
  const directory = join(state, 'keys');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return roles.map((role) => {
    const file = join(directory, `${role}.nk`);
    const seed = readSeed(file);
    const pair = (seed ? nkeys.fromSeed(Buffer.from(seed)) : nkeys.createUser()) as NkeyPair;
    if (seed === undefined) {
      writeFileSync(`${file}.new`, `${Buffer.from(pair.getSeed()).toString('ascii')}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    }
    return { role, user: pair.getPublicKey(), file };
  });
}

/** What is used of a key pair; the library types it as any. */
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
