import { hostname as hostName } from 'node:os';
import { NamespaceMode, type NamespaceOption, type PodSandboxConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import type { NamespaceKind, NamespaceThread } from '@slipway/linux';
import {
  type IdMappings,
  invalidField,
  podSysctls,
  unsupportedField,
  userMapping,
  userNamespace,
} from '@slipway/oci-spec';

/** HOST_NAME_MAX, gethostname(2). */
const longestHostname = 64;

/** The namespaces that a pod asks to have of its own, and their settings. */
export interface NamespacePlan {
  /** Without uts on the host network: the pod then has the host's name (CRI, NamespaceOption). */
  kinds: NamespaceKind[];
  hostNetwork: boolean;
  hostIpc: boolean;
  /** The pod's containers share one pid namespace. */
  sharedPid: boolean;
  hostname: string;
  sysctls: Record<string, string>;
  /** A user namespace of its own, which owns the others; undefined is the host's. */
  user: IdMappings | undefined;
}

/** Throws INVALID_REQUEST for what cannot be. */
export function namespacePlan(config: PodSandboxConfig): NamespacePlan {
  const options = config.linux?.securityContext?.namespaceOptions;
  if (config.windows) throw unsupportedField('windows', 'this node runs Linux');
  checkModes(options);
  const hostNetwork = options?.network === NamespaceMode.NODE;
  const hostIpc = options?.ipc === NamespaceMode.NODE;
  const kinds: NamespaceKind[] = [];
  if (!hostNetwork) kinds.push('net', 'uts');
  if (!hostIpc) kinds.push('ipc');
  const hostname = (hostNetwork ? '' : config.hostname) || hostName();
  if (Buffer.byteLength(hostname) > longestHostname || /[\0\s]/.test(hostname)) {
    throw new SlipwayError('INVALID_REQUEST', `hostname ${JSON.stringify(hostname)} is no name of at most 64 bytes`);
  }
  return {
    kinds,
    hostNetwork,
    hostIpc,
    // Without options every kind is POD, proto3's default.
    sharedPid: (options?.pid ?? NamespaceMode.POD) === NamespaceMode.POD,
    hostname,
    user: userNamespace(options),
    // Containers bind low ports and ping without a capability, as under other runtimes of today.
    sysctls: podSysctls({ pod: config, unprivilegedPorts: true, unprivilegedIcmp: true }),
  };
}

/** The modes that the CRI defines for a sandbox (NamespaceOption's comments); whatever else would be another than was asked for. */
function checkModes(options: NamespaceOption | undefined): void {
  const prefix = 'linux.security_context.namespace_options';
  for (const kind of ['network', 'ipc'] as const) {
    const mode = options?.[kind] ?? NamespaceMode.POD;
    if (mode === NamespaceMode.POD || mode === NamespaceMode.NODE) continue;
    throw invalidField(`${prefix}.${kind}`, 'POD and NODE are the modes that exist for it');
  }
  if (options?.pid === NamespaceMode.TARGET || options?.targetId) {
    const field = options.targetId ? 'target_id' : 'pid';
    throw invalidField(`${prefix}.${field}`, 'a container can have a target, a sandbox has none');
  }
}

/** Makes and pins the plan's namespaces in a directory. Answers their paths by kind. */
export async function pinNamespaces(
  thread: NamespaceThread,
  dir: string,
  plan: NamespacePlan,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { kinds, hostname, sysctls } = plan;
  if (kinds.length === 0 && !plan.user) return {};
  const user = plan.user && userMapping(plan.user);
  try {
    return { ...(await thread.create({ dir, kinds, hostname, sysctls, user }, { signal })) };
  } catch (error) {
    const message = (error as Error).message;
    if (!message.includes('/proc/sys/')) throw error;
    throw new SlipwayError('INVALID_REQUEST', `a sysctl cannot be set: ${message}`, { cause: error });
  }
}
