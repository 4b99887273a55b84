import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Capability, ProcessRights, ProcessUser } from '@slipway/capabilities';
import { SlipwayError } from '@slipway/errors';
import { boundingSet, capabilitySet } from './capabilities.js';

export interface UserIds {
  uid: number;
  gid: number;
}

/** The tools that a process has to give a child fewer rights; they do not change while it runs. */
interface Means {
  /** The path of setpriv(1), of util-linux; undefined where the host has none. */
  setpriv: string | undefined;
  bounding: ReadonlySet<Capability>;
  effective: ReadonlySet<Capability>;
}

let means: Means | undefined;
const users = new Map<string, UserIds | undefined>();

function meansOfHost(): Means {
  means ??= { setpriv: findSetpriv(), bounding: boundingSet(), effective: capabilitySet('effective') };
  return means;
}

/**
 * The command line by which a command is started with fewer rights, by setpriv(1): it replaces itself by the command, so
 * the pid and all descriptors are the command's. What this process may not give away (without CAP_SETUID and CAP_SETGID it has no other
 * user, without CAP_SETPCAP no smaller bounding set) is left as it is; no_new_privs can always be set.
 * @param user whose process it becomes; default the user of the rights, or this process's own where that is not to be had
 */
export function confined(
  { user, capabilities, noNewPrivileges }: ProcessRights,
  command: readonly [string, ...string[]],
  ids: UserIds | undefined = user && userIds(user),
): [string, ...string[]] {
  const { setpriv, bounding, effective } = meansOfHost();
  if (setpriv === undefined) return [...command];
  const options: string[] = [];
  if (noNewPrivileges) options.push('--no-new-privs');
  if (capabilities !== 'all') {
    // setpriv refuses names of capabilities that the kernel does not know.
    const kept = capabilities.filter((name) => bounding.has(name));
    const words = (names: readonly Capability[]): string =>
      ['-all', ...names.map((name) => `+${name.slice('CAP_'.length).toLowerCase()}`)].join(',');
    if (effective.has('CAP_SETPCAP')) options.push('--bounding-set', words(kept));
    // Only root gets the capabilities of its bounding set by running a program; another user has those of its ambient set.
    const ambient = ids && ids.uid !== 0 ? kept.filter((name) => effective.has(name)) : [];
    options.push('--inh-caps', words(ambient));
    if (ambient.length > 0) options.push('--ambient-caps', words(ambient));
  }
  if (ids) options.push('--reuid', String(ids.uid), '--regid', String(ids.gid), '--clear-groups');
  return options.length === 0 ? [...command] : [setpriv, ...options, '--', ...command];
}

/**
 * The ids of a user: those of /etc/passwd where the host knows its name, else its numbers. Undefined where this process
 * can start nothing as another user, as without capabilities or in a user namespace that has no such id.
 */
export function userIds(user: ProcessUser): UserIds | undefined {
  if (!users.has(user.name)) users.set(user.name, findUser(user));
  return users.get(user.name);
}

/**
 * The number of a group of this host, by its name in /etc/group or as a number.
 * @throws SlipwayError INVALID_CONFIG for a name that the host does not know
 */
export function groupId(name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  if (line === undefined) {
    throw new SlipwayError('INVALID_CONFIG', 'this host has no such group', {
      object: name,
      hint: 'make it (groupadd --system), or name another one',
    });
  }
  return Number(line.split(':')[2]);
}

function findUser({ name, id }: ProcessUser): UserIds | undefined {
  const { setpriv, effective } = meansOfHost();
  if (setpriv === undefined || !effective.has('CAP_SETUID') || !effective.has('CAP_SETGID')) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  const [, , uid = String(id), gid = String(id)] = line?.split(':') ?? [];
  const ids = { uid: Number(uid), gid: Number(gid) };
  return isMapped('uid', ids.uid) && isMapped('gid', ids.gid) ? ids : undefined;
}

/** Whether this process's user namespace has an id (user_namespaces(7)). */
function isMapped(kind: 'uid' | 'gid', id: number): boolean {
  return readFileSync(`/proc/self/${kind}_map`, 'utf8')
    .trim()
    .split('\n')
    .some((line) => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return id >= first && id < first + count;
    });
}

function findSetpriv(): string | undefined {
  for (const directory of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/bin']) {
    if (!directory.startsWith('/')) continue;
    const path = join(directory, 'setpriv');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not there: the next one.
    }
  }
  return undefined;
}
