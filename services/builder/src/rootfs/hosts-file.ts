import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import type { SandboxRecord } from '@slipway/contracts';
import type { Mount } from '@slipway/cri';
import { hasCode } from '@slipway/linux';
import { mountDestination } from '@slipway/oci-spec';
import type { PodIds } from '../pod-ids.js';
import { hostNetwork, podHostname } from '../sandbox-parts.js';

const localhost = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** Whether a config mounts something over /etc/hosts, as kubelets always do. */
export function mountsHosts(mounts: readonly Mount[]): boolean {
  return mounts.some(
    ({ containerPath }, index) => mountDestination(`mounts[${index}]`, containerPath) === '/etc/hosts',
  );
}

/** Writes the hosts(5) of a container whose client brings none: the pod's own names, or the node's on its network. */
export function writeHosts(path: string, sandbox: SandboxRecord, ids?: PodIds): void {
  writeFileSync(path, (hostNetwork(sandbox) && nodeHosts()) || podHosts(sandbox), { mode: 0o644 });
  if (ids) chownSync(path, ids.uid.hostID, ids.gid.hostID);
}

function podHosts(sandbox: SandboxRecord): string {
  return localhost + sandbox.ips.map((ip) => `${ip}\t${podHostname(sandbox)}\n`).join('');
}

function nodeHosts(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
