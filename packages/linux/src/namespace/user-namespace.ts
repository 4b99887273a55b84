import { closeSync, mkdirSync, openSync, readlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { deadlineIn, hasPassed } from '@slipway/time';
import { hasCode } from '../errno.js';
import { mount, unmount } from '../mount/mounts.js';
import type { NamespaceKind, NamespacePaths, UserMapping } from './namespace-protocol.js';
import { posixSpawn, waitChild } from '../process/spawn.js';

const helperSeconds = '30';
const pollMs = 1;

export interface PinUserNamespace extends UserMapping {
  /** The pins go right into this directory: `<dir>/user`, `<dir>/net`. */
  dir: string;
  /** Further namespaces, made together with the user namespace and owned by it. */
  kinds?: readonly NamespaceKind[] | undefined;
}

/**
 * Makes a user namespace with its id maps and pins it. A process with threads cannot make one itself
 * (unshare(2): EINVAL), so a short-lived unshare(1) does, and ends when the pins
 * stand. On failure nothing of it is left.
 */
export async function pinUserNamespace(
  request: PinUserNamespace,
  options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<NamespacePaths & { user: string }> {
  const { dir, kinds = [] } = request;
  const { timeoutMs = 60_000, signal } = options;
  signal?.throwIfAborted();
  mkdirSync(dir, { recursive: true });
  const flags = kinds.map((kind) => `--${kind}`);
  const pid = posixSpawn({
    path: '/usr/bin/unshare',
    argv: ['unshare', '--user', ...flags, '/bin/sleep', helperSeconds],
    group: 'group',
  });
  const pins: [string, string][] = [];
  try {
    await leftOurNamespace(pid, timeoutMs, signal);
    writeFileSync(`/proc/${pid}/uid_map`, mapText(request.uids));
    writeFileSync(`/proc/${pid}/gid_map`, mapText(request.gids));
    for (const kind of ['user', ...kinds]) {
      const pin = join(dir, kind);
      closeSync(openSync(pin, 'wx', 0o444));
      pins.push([kind, pin]);
      mount({ source: `/proc/${pid}/ns/${kind}`, target: pin, flags: ['bind'] });
    }
    return Object.fromEntries(pins) as NamespacePaths & { user: string };
  } catch (error) {
    for (const [, pin] of pins) {
      unmount(pin, { detach: true, missingOk: true });
      unlinkSync(pin);
    }
    throw error;
  } finally {
    // It is our child and not reaped yet: the pid is still its own.
    process.kill(pid, 'SIGKILL');
    await waitChild(pid);
  }
}

async function leftOurNamespace(pid: number, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
  const ours = readlinkSync('/proc/self/ns/user');
  const deadline = deadlineIn(timeoutMs);
  // All namespaces change in one unshare(2): seeing the one is seeing them all.
  while (userNamespaceOf(pid) === ours) {
    if (hasPassed(deadline)) throw new SlipwayError('DEADLINE', `no user namespace in ${timeoutMs} ms`);
    await sleep(pollMs, undefined, signal ? { signal } : {});
  }
}

function userNamespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new SlipwayError('INTERNAL', 'unshare(1) could not make a user namespace', {
      cause: error,
      hint: 'raise the sysctl user.max_user_namespaces',
    });
  }
}

/** The text of a uid_map file (user_namespaces(7)). */
function mapText(entries: UserMapping['uids']): string {
  return entries.map(({ containerId, hostId, size }) => `${containerId} ${hostId} ${size}\n`).join('');
}
