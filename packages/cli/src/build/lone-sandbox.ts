import { randomBytes } from 'node:crypto';
import { SandboxRecord } from '@slipway/contracts';
import { NamespaceMode, type PodSandboxConfig } from '@slipway/cri';

/**
 * The sandbox of a container that runs by itself: no executor holds its namespaces, so that the runtime
 * makes new ones where the pod has its own. `directory` may hold its files.
 */
export function loneSandbox(config: PodSandboxConfig, cgroupParent: string, directory: string): SandboxRecord {
  const options = config.linux?.securityContext?.namespaceOptions;
  const namespaces: Record<string, string> = { pid: '' };
  // An empty path is a new namespace.
  if (options?.network !== NamespaceMode.NODE) Object.assign(namespaces, { net: '', uts: '' });
  if (options?.ipc !== NamespaceMode.NODE) namespaces['ipc'] = '';
  return SandboxRecord.create({
    id: randomBytes(32).toString('hex'),
    config,
    namespaces,
    directory,
    cgroupParent: config.linux?.cgroupParent || cgroupParent,
  });
}
