import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findBinary, type HandlerSettings } from '@slipway/config';
import type { AddExecutorRequest } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { capabilitiesOf, ScratchState } from '@slipway/runtime-kinds';
import type { Fleet } from '../fleet.js';
import { executorGroups } from './executors.js';

/** A binary that does not say its version within this time has other troubles, which its trial shows. Milliseconds. */
const versionMs = 10_000;

/** The program that a runtime's binary says it is, and its version: `crun version 1.8.1`, `runc version 1.1.5+ds1`. */
export interface Identity {
  program: string;
  version: string;
}

/**
 * A further executor of a handler takes over containers that another binary has made, and shares its state directory: it
 * has to be the same program, and no older one, whose releases cannot read what a newer one has written.
 * @throws INVALID_REQUEST naming both
 */
export async function requireSuccessor(fleet: Fleet, request: AddExecutorRequest): Promise<void> {
  const { name, handler, path, force } = request;
  const { handlers } = fleet.loaded.settings.runtime;
  const own: HandlerSettings | undefined = handlers[handler || name];
  if (!path || !own || !capabilitiesOf(own.kind).runsContainers) return;
  const added = await identityOf(path);
  if (!added) return;
  const others = executorGroups(fleet).flatMap(({ plan }) =>
    plan.executor?.handler === (handler || name) ? [plan.executor.path] : [],
  );
  for (const other of new Set([own.path, ...others])) {
    const known = await identityOf(other);
    const fault = known && faultOf(known, added, force);
    if (!fault) continue;
    throw new SlipwayError('INVALID_REQUEST', `${path} is ${added.program} ${added.version}, ${fault} ${other}`, {
      object: `executor ${name}`,
      hint: fault.startsWith('older')
        ? 'say --force to add it all the same'
        : 'make it a handler of its own: leave --for out',
    });
  }
}

/** Why the one cannot take the other's place; undefined where it can. */
export function faultOf(known: Identity, added: Identity, force: boolean): string | undefined {
  if (known.program !== added.program) return `and cannot read the containers of ${known.program} ${known.version}:`;
  if (force || !isOlder(added.version, known.version)) return undefined;
  return `older than the ${known.version} of`;
}

/** By their numbers, as far as both have some: `1.8.1` before `1.14`, `release-20240101.0` before `release-20250101.0`. */
export function isOlder(one: string, other: string): boolean {
  const numbers = (version: string): number[] => (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
  const [mine, theirs] = [numbers(one), numbers(other)];
  for (let at = 0; at < Math.min(mine.length, theirs.length); at++) {
    const [a = 0, b = 0] = [mine[at], theirs[at]];
    if (a !== b) return a < b;
  }
  return false;
}

export function readIdentity(text: string): Identity | undefined {
  const [, program, version] = /^(\S+) version:?\s+(\S+)/.exec(text) ?? [];
  return program === undefined || version === undefined ? undefined : { program, version };
}

/** Undefined for what does not say: whether it works is for its trial to show. */
async function identityOf(path: string): Promise<Identity | undefined> {
  try {
    using scratch = new ScratchState();
    const options = { timeout: versionMs, env: scratch.env };
    const { stdout } = await promisify(execFile)(findBinary(path), ['--version'], options);
    return readIdentity(stdout);
  } catch {
    return undefined;
  }
}
