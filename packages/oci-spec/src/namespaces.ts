import { type NamespaceOption, NamespaceMode } from '@slipway/cri';
import { invalidField } from './field.js';
import type { OciNamespace } from './types.js';

const prefix = 'linux.security_context.namespace_options';

/**
 * Paths of namespaces that the pod holds; one that is missing is the host's. An empty path
 * means a new one, for a container that runs by itself.
 */
export interface PodNamespaces {
  net?: string | undefined;
  ipc?: string | undefined;
  uts?: string | undefined;
  /** Where the pod shares one. */
  pid?: string | undefined;
  user?: string | undefined;
}

export interface NamespacesInput {
  /** The container's own options; what kubelets send for network equals the pod's. */
  options?: NamespaceOption | undefined;
  pod: PodNamespaces;
  /** Host pid of the target container's init, for TARGET. */
  targetPid: number;
  privileged: boolean;
  cgroupMode: string;
}

/**
 * linux.namespaces. Network, IPC and UTS are the pod's or the host's; a mode that the
 * CRI does not define for a kind (NamespaceOption's comments) is refused. Containers
 * get a cgroup namespace on cgroup v2 only, because v1 hierarchies are bound one by one.
 */
export function containerNamespaces(input: NamespacesInput): OciNamespace[] {
  const { options, pod } = input;
  const namespaces: OciNamespace[] = [{ type: 'mount' }];
  podOrNode('network', options?.network, pod.net);
  podOrNode('ipc', options?.ipc, pod.ipc);
  namespaces.push(...held('network', pod.net), ...held('ipc', pod.ipc), ...held('uts', pod.uts));
  const pid = pidNamespace(input);
  if (pid) namespaces.push(pid);
  namespaces.push(...held('user', pod.user));
  if (input.cgroupMode === 'v2' && !input.privileged) namespaces.push({ type: 'cgroup' });
  return namespaces;
}

function held(type: OciNamespace['type'], path: string | undefined): OciNamespace[] {
  if (path === undefined) return [];
  return [path === '' ? { type } : { type, path }];
}

/** POD in a pod that has the host's is the host's: the CRI's zero value says nothing else. */
function podOrNode(kind: 'network' | 'ipc', mode: NamespaceMode | undefined, held: string | undefined): void {
  if (mode === undefined || mode === NamespaceMode.POD) return;
  if (mode === NamespaceMode.NODE) {
    if (held === undefined) return;
    throw invalidField(`${prefix}.${kind}`, "NODE needs a pod that has the host's");
  }
  throw invalidField(`${prefix}.${kind}`, 'POD and NODE are the modes that exist for it');
}

function pidNamespace({ options, pod, targetPid }: NamespacesInput): OciNamespace | undefined {
  const mode = options?.pid ?? NamespaceMode.POD;
  switch (mode) {
    case NamespaceMode.CONTAINER:
      return { type: 'pid' };
    case NamespaceMode.NODE:
      return undefined;
    case NamespaceMode.TARGET:
      if (targetPid <= 0) throw invalidField(`${prefix}.target_id`, 'the target container does not run');
      return { type: 'pid', path: `/proc/${targetPid}/ns/pid` };
    case NamespaceMode.POD:
      if (pod.pid === undefined) {
        throw invalidField(`${prefix}.pid`, 'the pod was not made with a shared pid namespace');
      }
      return held('pid', pod.pid)[0];
    default:
      throw invalidField(`${prefix}.pid`, `${String(mode)} is no namespace mode`);
  }
}
