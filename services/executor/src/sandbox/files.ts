import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { DNSConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { hasCode, mount, removeTree, unmount, unmountBelow } from '@slipway/linux';
import type { SandboxPaths } from './paths.js';

/** As other runtimes give it; a container with another wish mounts its own. */
const shmBytes = 64 << 20;
const hostResolvConf = '/etc/resolv.conf';

/** Who is root in the pod, as the host counts. */
export interface Owner {
  uid: number;
  gid: number;
}

/**
 * Makes the sandbox's directory and says whose it is. What is made here is in memory (the state directory is below /run):
 * handing it to another thread and waiting for that would cost more than it does.
 */
export function makeDirectory(paths: SandboxPaths, handler: string): void {
  mkdirSync(paths.directory, { recursive: true, mode: 0o711 });
  writeFileSync(paths.handler, handler);
}

/** Unmounts what is below the sandbox's directory and removes it. Nothing there is success. */
export async function removeDirectory(paths: SandboxPaths): Promise<void> {
  // First, so that nothing is deleted through a mount.
  unmountBelow(paths.directory);
  await removeTree(paths.directory);
}

/** The files that every container of the pod sees: /etc/resolv.conf and /etc/hostname. */
export function writeFiles(
  paths: SandboxPaths,
  { hostname, dns, owner }: { hostname: string; dns: DNSConfig | undefined; owner?: Owner | undefined },
): void {
  const texts = [
    [paths.resolvConf, resolvConfText(dns) ?? hostResolver()],
    [paths.hostname, `${hostname}\n`],
  ] as const;
  for (const [path, text] of texts) {
    writeFileSync(path, text, { mode: 0o644 });
    if (owner) chownSync(path, owner.uid, owner.gid);
  }
}

/** A resolv.conf(5) of the pod's settings; undefined when it has none. Throws INVALID_REQUEST. */
export function resolvConfText(dns: DNSConfig | undefined): string | undefined {
  const { servers = [], searches = [], options = [] } = dns ?? {};
  if (servers.length + searches.length + options.length === 0) return undefined;
  const bad = [...servers, ...searches, ...options].find((word) => word === '' || /[\s\0]/.test(word));
  if (bad !== undefined) {
    throw new SlipwayError('INVALID_REQUEST', `dns_config: ${JSON.stringify(bad)} cannot stand in a resolv.conf`);
  }
  const lines = servers.map((server) => `nameserver ${server}`);
  if (searches.length > 0) lines.unshift(`search ${searches.join(' ')}`);
  if (options.length > 0) lines.push(`options ${options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

function hostResolver(): string {
  try {
    return readFileSync(hostResolvConf, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}

/** The pod's /dev/shm. */
export function mountShm(paths: SandboxPaths, owner: Owner = { uid: 0, gid: 0 }): void {
  mkdirSync(paths.shm, { recursive: true });
  mount({
    source: 'shm',
    target: paths.shm,
    type: 'tmpfs',
    flags: ['nosuid', 'nodev', 'noexec'],
    data: `mode=1777,size=${shmBytes},uid=${owner.uid},gid=${owner.gid}`,
  });
}

export function unmountShm(paths: SandboxPaths): void {
  unmount(paths.shm, { detach: true, missingOk: true });
}
