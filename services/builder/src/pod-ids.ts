import { closeSync, openSync } from 'node:fs';
import type { HandlerInfo, SandboxRecord } from '@slipway/contracts';
import type { ContainerConfig } from '@slipway/cri';
import { containerUserNamespace, type IdMappings, requireUserNamespace } from '@slipway/oci-spec';

/** The ids of a pod in a user namespace, and that namespace, held open while its mounts are made. */
export interface PodIds extends IdMappings {
  usernsFd: number;
  close(): void;
}

/** The user namespace of a container's pod; undefined for the host's. Throws what a spec with it would be refused with. */
export function openPodIds(sandbox: SandboxRecord, config: ContainerConfig, handler: HandlerInfo): PodIds | undefined {
  const mappings = containerUserNamespace(
    sandbox.config?.linux?.securityContext?.namespaceOptions,
    config.linux?.securityContext?.namespaceOptions,
  );
  const { user } = sandbox.namespaces;
  requireUserNamespace(mappings, handler, { user });
  if (!mappings || !user) return undefined;
  const usernsFd = openSync(user, 'r');
  return { ...mappings, usernsFd, close: () => closeSync(usernsFd) };
}
