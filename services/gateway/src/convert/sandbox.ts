import { SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import { PodSandboxState, type PodSandbox, type PodSandboxStatus } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';

/** A kubelet knows two states; what is being made is not shown at all. */
export function sandboxState({ phase }: SandboxRecord): PodSandboxState {
  return phase === SandboxPhase.SANDBOX_READY ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY;
}

export function toPodSandbox(record: SandboxRecord): Init<PodSandbox> {
  const { config } = record;
  return {
    id: record.id,
    metadata: config?.metadata,
    state: sandboxState(record),
    createdAt: record.createdAt,
    labels: config?.labels,
    annotations: config?.annotations,
    runtimeHandler: record.runtimeHandler,
  };
}

export function toPodSandboxStatus(record: SandboxRecord): Init<PodSandboxStatus> {
  // A stopped pod has given its addresses back, and another pod may have them by now.
  const [ip = '', ...others] = sandboxState(record) === PodSandboxState.SANDBOX_READY ? record.ips : [];
  return {
    ...toPodSandbox(record),
    network: { ip, additionalIps: others.map((other) => ({ ip: other })) },
    linux: { namespaces: { options: record.config?.linux?.securityContext?.namespaceOptions ?? {} } },
  };
}
