import { chownSync, readFileSync, statSync } from 'node:fs';
import type { ContainerUser } from '@slipway/cri';
import { hasCode } from '@slipway/linux';

/**
 * Makes a container's outputs its user's, so that it can open /dev/stderr and its like again. Runtimes do so themselves, but
 * from within the user namespace, where runc's try fails: the pipes belong to the host's root, who is nobody there.
 * `pid` is the container's init before its start. In the host's user namespace nothing is done.
 */
export function giveOutputs(pid: number, user: ContainerUser | undefined): void {
  try {
    const uid = onHost(readFileSync(`/proc/${pid}/uid_map`, 'utf8'), Number(user?.linux?.uid ?? 0n));
    const gid = onHost(readFileSync(`/proc/${pid}/gid_map`, 'utf8'), 0);
    if (uid === undefined || gid === undefined || gid === 0) return;
    for (const fd of [0, 1, 2]) {
      const path = `/proc/${pid}/fd/${fd}`;
      // A terminal is the runtime's to give, and /dev/null is everybody's.
      if (statSync(path).isFIFO()) chownSync(path, uid, gid);
    }
  } catch (error) {
    // It ended already, which the watcher tells.
    if (!hasCode(error, 'ENOENT', 'ESRCH')) throw error;
  }
}

/** An id of a user namespace as the host counts it, by the namespace's uid_map or gid_map (user_namespaces(7)). */
export function onHost(map: string, id: number): number | undefined {
  for (const line of map.trim().split('\n')) {
    const [inside = 0, outside = 0, size = 0] = line.trim().split(/\s+/).map(Number);
    if (id >= inside && id < inside + size) return outside + id - inside;
  }
  return undefined;
}
