import type { Mount } from '@slipway/cri';
import { hasCode, labelTree, setXattr } from '@slipway/linux';
import { invalidField, type ResolvedMount, type SandboxFiles } from '@slipway/oci-spec';

const attribute = 'security.selinux';

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
export async function relabelMounts(
  label: string,
  mounts: readonly Mount[],
  resolved: readonly ResolvedMount[],
  files: SandboxFiles,
  signal?: AbortSignal,
): Promise<void> {
  for (const { field, source } of resolved) {
    if (!mounts[Number(/\d+/.exec(field)?.[0])]?.selinuxRelabel) continue;
    if (neverRelabelled.has(source)) throw invalidField(`${field}.selinux_relabel`, `${source} is the host's own`);
    // Other containers may write to a volume: links in it are labelled themselves, and mounts below it are not touched.
    await labelTree(source, attribute, `${label}\0`, { signal });
  }
  const { resolvConf, hostname, hosts, shm } = files;
  for (const path of [resolvConf, hostname, hosts, shm === '/dev/shm' ? undefined : shm])
    if (path) setLabel(path, label);
}

function setLabel(path: string, label: string): void {
  try {
    setXattr(path, attribute, `${label}\0`, { nofollow: true });
  } catch (error) {
    // Gone since its directory was read, or on a file system without labels.
    if (!hasCode(error, 'ENOENT', 'EOPNOTSUPP')) throw error;
  }
}
