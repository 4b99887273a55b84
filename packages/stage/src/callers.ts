import type { KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { ServiceMsg } from 'nats';
import { roleOf } from './secret.js';
import { type CallerKeys, isSignedBy, keyOfPublic } from './signature.js';

/** The roles that call stages. */
const callers = ['gateway', 'operator'] as const satisfies readonly Role[];

/** The file with a caller's public nkey, which `slipway up` writes beside the seeds. */
export function callerKeyFile(directory: string, role: Role): string {
  return join(directory, `${role}.pub`);
}

/** The roles whose public keys are written for stages. */
export const callerRoles: readonly Role[] = callers;

/** The keys of the callers in a directory; undefined where there are none, as with keys of the site: calls are not checked then. */
export function readCallerKeys(directory: string): CallerKeys | undefined {
  const keys = new Map<string, KeyObject>();
  for (const role of callers) {
    const file = callerKeyFile(directory, role);
    if (statSync(file, { throwIfNoEntry: false })) keys.set(role, keyOfPublic(readFileSync(file, 'utf8')));
  }
  return keys.size === 0 ? undefined : keys;
}

/**
 * Refuses a call that no caller's role has signed.
 * @throws SlipwayError NOT_PERMITTED
 */
export function checkCaller(message: ServiceMsg, keys: CallerKeys): void {
  const { subject, reply = '', headers, data: payload } = message;
  const key = keys.get(roleOf(reply) ?? '');
  if (key && headers && isSignedBy({ subject, reply, headers, payload }, key)) return;
  throw new SlipwayError('NOT_PERMITTED', 'the call is not signed by a role that may call this stage', {
    object: subject,
    hint: 'calls are made by the gateway and by tools with the key of the operator; see docs/stage-contract.md',
  });
}
