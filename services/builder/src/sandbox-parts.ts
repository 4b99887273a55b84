import { lstatSync, realpathSync } from 'node:fs';
import { hostname as hostName } from 'node:os';
import { join } from 'node:path';
import type { HandlerInfo, SandboxRecord } from '@slipway/contracts';
import { NamespaceMode, type NamespaceOption } from '@slipway/cri';
import { cgroupDriver, ownCgroupParent, type PodNamespaces, type SandboxFiles, userNamespace } from '@slipway/oci-spec';
import type { BuilderContext } from './context.js';

function options(sandbox: SandboxRecord): NamespaceOption | undefined {
  return sandbox.config?.linux?.securityContext?.namespaceOptions;
}

/** Where the sandbox keeps its files, although its record may not say so yet. */
export function sandboxDirectory(sandbox: SandboxRecord, settings: BuilderContext['settings']): string {
  return sandbox.directory || join(settings.state, 'sandboxes', sandbox.id);
}

/** The pod's namespaces as its record holds them. */
export function sandboxNamespaces(sandbox: SandboxRecord): PodNamespaces {
  const { net, ipc, uts, pid, user } = sandbox.namespaces;
  const infraPid = sandbox.infra?.pid ? `/proc/${sandbox.infra.pid}/ns/pid` : undefined;
  return { net, ipc, uts, user, pid: pid ?? (hostPid(sandbox) ? undefined : infraPid) };
}

/**
 * Where the executor will pin the namespaces of a sandbox that is not made yet: the
 * infra container's spec is written before.
 */
export function plannedNamespaces(sandbox: SandboxRecord, settings: BuilderContext['settings']): PodNamespaces {
  const at = (kind: string): string =>
    sandbox.namespaces[kind] ?? join(sandboxDirectory(sandbox, settings), 'ns', kind);
  const onHost = hostNetwork(sandbox);
  return {
    net: onHost ? undefined : at('net'),
    // The host's name belongs to the host's network: Kubernetes gives the two together.
    uts: onHost ? undefined : at('uts'),
    ipc: options(sandbox)?.ipc === NamespaceMode.NODE ? undefined : at('ipc'),
    user: userNamespace(options(sandbox)) ? at('user') : undefined,
  };
}

export function hostNetwork(sandbox: SandboxRecord): boolean {
  return options(sandbox)?.network === NamespaceMode.NODE;
}

export function hostPid(sandbox: SandboxRecord): boolean {
  return options(sandbox)?.pid === NamespaceMode.NODE;
}

/** The pod's host name: its own, or the node's on the host network. */
export function podHostname(sandbox: SandboxRecord): string {
  return (hostNetwork(sandbox) ? '' : sandbox.config?.hostname) || hostName();
}

/** The cgroup below which the pod's containers live. */
export function cgroupParent(
  sandbox: SandboxRecord,
  handler: Pick<HandlerInfo, 'cgroupDriver' | 'cgroupParent'>,
  settings: BuilderContext['settings'],
): string {
  const given = sandbox.cgroupParent || sandbox.config?.linux?.cgroupParent;
  const parent = handler.cgroupParent || settings.cgroup.parent;
  return given || ownCgroupParent(cgroupDriver(handler.cgroupDriver), parent, sandbox.id);
}

/** The files that the sandbox has for its containers. */
export function sandboxFiles(sandbox: SandboxRecord, settings: BuilderContext['settings']): SandboxFiles {
  const directory = sandboxDirectory(sandbox, settings);
  const ifThere = (name: string): string | undefined => {
    const path = join(directory, name);
    // The executor may keep it elsewhere and have a link to it here.
    return lstatSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : undefined;
  };
  return {
    resolvConf: ifThere('resolv.conf'),
    hostname: ifThere('hostname'),
    hosts: ifThere('hosts'),
    shm: options(sandbox)?.ipc === NamespaceMode.NODE ? '/dev/shm' : ifThere('shm'),
  };
}
