import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { DNSConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { hasCode, mount, removeMountedTree, unmount } from '@slipway/linux';
import type { SandboxPaths } from './paths.js';

/** As other runtimes give it; a container with another wish mounts its own. */
const shmBytes = 64 << 20;
/** The memory of the state directory that containers of a pod may fill by their own /etc/resolv.conf. */
const filesBytes = 256 << 10;
const hostResolvConf = '/etc/resolv.conf';

/** The host's ids of root in the pod. */
export interface Owner {
  uid: number;
  gid: number;
}

/**
 * Creates the sandbox's directory with its owner. These files are in memory (the state directory is below /run):
 * handing it to another thread and waiting for that would cost more than it does. It is only for root: everybody may
 * write to the pod's /dev/shm. The root of a user namespace needs a way to its files, and gets one as the group.
 */
export function makeDirectory(paths: SandboxPaths, handler: string, owner?: Owner): void {
  mkdirSync(dirname(paths.directory), { recursive: true, mode: 0o711 });
  mkdirSync(paths.directory, { recursive: true, mode: 0o700 });
  if (owner) {
    chownSync(paths.directory, 0, owner.gid);
    chmodSync(paths.directory, 0o710);
  }
  writeFileSync(paths.handler, handler);
}

/** Unmounts what is below the sandbox's directory and removes it. Nothing there is success. */
export async function removeDirectory(paths: SandboxPaths): Promise<void> {
  await removeMountedTree(paths.directory);
}

/**
 * The files that every container of the pod sees: /etc/resolv.conf and /etc/hostname. Containers may write to them, so
 * they are on a small file system of the pod's own; the directory has links to them.
 */
export function writeFiles(
  paths: SandboxPaths,
  { hostname, dns, owner }: { hostname: string; dns: DNSConfig | undefined; owner?: Owner | undefined },
): void {
  const texts = [
    [paths.resolvConf, resolvConfText(dns) ?? hostResolver()],
    [paths.hostname, `${hostname}\n`],
  ] as const;
  const size = texts.reduce((sum, [, text]) => sum + Buffer.byteLength(text), filesBytes);
  mkdirSync(paths.files, { recursive: true });
  mount({ source: 'files', target: paths.files, type: 'tmpfs', data: `mode=755,size=${size},nr_inodes=16` });
  for (const [path, text] of texts) {
    const file = join(paths.files, basename(path));
    writeFileSync(file, text, { mode: 0o644 });
    if (owner) chownSync(file, owner.uid, owner.gid);
    symlinkSync(relative(paths.directory, file), path);
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

export function unmountFiles(paths: SandboxPaths): void {
  unmount(paths.files, { detach: true, missingOk: true });
}
