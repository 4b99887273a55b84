import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  capabilitiesOfMask,
  type DirectoryRights,
  type ProcessKind,
  type ProcessRights,
  processRights,
} from '@slipway/capabilities';
import { type UserIds, userIds } from '@slipway/linux';

/** What the kernel says of a process, in the words of the table of rights; ids are the effective ones. */
export interface ActualRights {
  uid: number;
  capabilities: string[];
  /** Those at work. */
  effective: string[];
  noNewPrivileges: boolean;
  /** Whether it has a filter of system calls. */
  filtered: boolean;
  groups: string;
}

export function actualRights(pid: number): ActualRights {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
  // What it and its children can ever have.
  return {
    uid: Number(field('Uid').split('\t')[1]),
    capabilities: capabilitiesOfMask(field('CapBnd')),
    effective: capabilitiesOfMask(field('CapEff')),
    noNewPrivileges: field('NoNewPrivs') === '1',
    filtered: field('Seccomp') === '2',
    groups: field('Groups'),
  };
}

/** The rights that a process of a row of the table has on this host. */
export function expectedRights(row: ProcessRights, uid: number): Omit<ActualRights, 'groups'> {
  const host = actualRights(process.pid).capabilities;
  const { capabilities, noNewPrivileges } = row;
  const kept = capabilities === 'all' ? host : host.filter((name) => (capabilities as string[]).includes(name));
  return { uid, capabilities: kept, effective: kept, noNewPrivileges, filtered: row.systemCalls !== undefined };
}

/** Owner, group and mode of a directory, in the words of the table. */
export function directoryState(path: string): string {
  const { uid, gid, mode } = lstatSync(path);
  return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
}

/** What the table says of it on this host. */
export function expectedDirectory({ owner, group, mode }: DirectoryRights): string {
  const ids = (kind: ProcessKind | undefined): UserIds | undefined => {
    const user = kind && processRights[kind].user;
    return user && userIds(user);
  };
  return `${ids(owner)?.uid ?? 0}:${ids(group)?.gid ?? 0} ${mode.toString(8)}`;
}

/** An entry that a user of the host who is no one in particular can read, write or connect to. */
export interface OpenEntry {
  path: string;
  mode: string;
}

/** Everything below `directory` that others can get at, by the modes on the way; mounts are entered, `skips` are not. */
export function openToOthers(directory: string, skips: (path: string) => boolean, at = ''): OpenEntry[] {
  return readdirSync(join(directory, at)).flatMap((name) => {
    const path = join(at, name);
    const stats = lstatSync(join(directory, path), { throwIfNoEntry: false });
    if (!stats || skips(path) || stats.isSymbolicLink()) return [];
    const mode = stats.mode & 0o7777;
    // Nobody connects to a socket that they may not write to (unix(7)).
    const reached = stats.isSocket() ? (mode & 0o002) !== 0 : (mode & 0o007) !== 0;
    const own = reached ? [{ path, mode: mode.toString(8) }] : [];
    return stats.isDirectory() && (mode & 0o001) !== 0 ? [...own, ...openToOthers(directory, skips, path)] : own;
  });
}

/** The sockets that processes listen on: paths, `@` names and TCP addresses. `ss` shows the threads of a process as one. */
export function listeningSockets(pids: readonly number[]): string[] {
  const lines = execFileSync('ss', ['-H', '-l', '-x', '-t', '-u', '-n', '-p'], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => [...line.matchAll(/pid=(\d+)/g)].some(([, pid]) => pids.includes(Number(pid))))
    .map((line) => line.trim().split(/\s+/)[4] ?? '')
    .sort();
}
