import { NamespaceMode } from '@slipway/cri';

export { criClient, type CriClient, statusName } from '@slipway/cri-client';

/** What a kubelet asks for a pod that says nothing of namespaces: process ids are each container's own. */
export const kubeletNamespaces = { network: NamespaceMode.POD, pid: NamespaceMode.CONTAINER, ipc: NamespaceMode.POD };
