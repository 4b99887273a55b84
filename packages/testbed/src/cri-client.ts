import { NamespaceMode } from '@slipway/cri';

export { criClient, type CriClient, statusName } from '@slipway/cri-client';

/** A kubelet's request for a pod that names no namespaces: each container has its own process ids. */
export const kubeletNamespaces = { network: NamespaceMode.POD, pid: NamespaceMode.CONTAINER, ipc: NamespaceMode.POD };
