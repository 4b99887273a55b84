import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** SO_ACCEPTCON of unix(7), as /proc/net/unix prints a socket's flags. */
const LISTENS = 0x10000;

/**
 * The processes that listen on a unix socket, by the inode in /proc/net/unix and the descriptors that refer to it: of this
 * network namespace, and of processes that the caller may look at.
 */
export function listenersOn(path: string): number[] {
  const inodes = new Set<string>();
  for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n').slice(1)) {
    // Num RefCount Protocol Flags Type St Inode Path
    const fields = line.trim().split(/\s+/);
    const listens = (Number.parseInt(fields[3] ?? '0', 16) & LISTENS) !== 0;
    if (listens && fields.slice(7).join(' ') === path) inodes.add(`socket:[${fields[6]}]`);
  }
  if (inodes.size === 0) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && holds(name, inodes))
    .map(Number);
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => inodes.has(link(`/proc/${pid}/fd/${descriptor}`)));
  } catch {
    // It ended, or is not ours to look at.
    return false;
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
