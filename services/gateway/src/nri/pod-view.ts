import type { SandboxRecord } from '@slipway/contracts';
import type { LinuxContainerResources } from '@slipway/cri';
import type { PodSandbox } from '@slipway/nri';
import type { Init } from '@slipway/protobuf';
import { toNriResources } from './resources.js';

/** The OCI runtime-spec's names of the kinds that a sandbox pins. */
const namespaceTypes: Record<string, string> = { net: 'network', ipc: 'ipc', uts: 'uts', pid: 'pid', user: 'user' };

/** A pod as NRI plugins see it. */
export function podView(record: SandboxRecord): Init<PodSandbox> {
  const { config } = record;
  const resources = (wanted: LinuxContainerResources | undefined) => wanted && toNriResources(wanted);
  return {
    id: record.id,
    name: config?.metadata?.name,
    uid: config?.metadata?.uid,
    namespace: config?.metadata?.namespace,
    labels: config?.labels,
    annotations: config?.annotations,
    runtimeHandler: record.runtimeHandler,
    pid: record.infra?.pid,
    ips: record.ips,
    linux: {
      podOverhead: resources(config?.linux?.overhead),
      podResources: resources(config?.linux?.resources),
      cgroupParent: record.cgroupParent || config?.linux?.cgroupParent,
      namespaces: Object.entries(record.namespaces).map(([kind, path]) => ({
        type: namespaceTypes[kind] ?? kind,
        path,
      })),
    },
  };
}
