import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '@slipway/cri';
import { hasCode, setXattr } from '@slipway/linux';
import { invalidField, type ResolvedMount, type SandboxFiles } from '@slipway/oci-spec';

/** The host's own: with a container's label on them its services would be locked out. */
const neverRelabelled = new Set(
  [
    '',
    'bin',
    'boot',
    'dev',
    'etc',
    'home',
    'lib',
    'lib64',
    'opt',
    'proc',
    'root',
    'run',
    'sbin',
    'srv',
    'sys',
    'tmp',
    'usr',
    'var',
  ].map((name) => `/${name}`),
);

/** Gives a container's label to the mounts that ask for it (CRI Mount.selinux_relabel) and to the pod's files. */
export function relabelMounts(
  label: string,
  mounts: readonly Mount[],
  resolved: readonly ResolvedMount[],
  files: SandboxFiles,
): void {
  for (const { field, source } of resolved) {
    if (!mounts[Number(/\d+/.exec(field)?.[0])]?.selinuxRelabel) continue;
    if (neverRelabelled.has(source)) throw invalidField(`${field}.selinux_relabel`, `${source} is the host's own`);
    relabel(source, label);
  }
  const { resolvConf, hostname, hosts, shm } = files;
  for (const path of [resolvConf, hostname, hosts, shm === '/dev/shm' ? undefined : shm])
    if (path) setLabel(path, label);
}

/** Labels a file, or a directory with all that is in it; links are labelled and not followed. */
export function relabel(path: string, label: string): void {
  setLabel(path, label);
  if (!lstatSync(path).isDirectory()) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) relabel(inside, label);
    else setLabel(inside, label);
  }
}

function setLabel(path: string, label: string): void {
  try {
    setXattr(path, 'security.selinux', `${label}\0`, { nofollow: true });
  } catch (error) {
    // Gone since its directory was read, or on a file system without labels.
    if (!hasCode(error, 'ENOENT', 'EOPNOTSUPP')) throw error;
  }
}
