import { NamespaceMode, type PodSandboxConfig } from '@slipway/cri';
import { invalidField } from './field.js';

/** Which namespace holds a sysctl; undefined for those of the whole host. namespaces(7), ipc_namespaces(7). */
function namespaceOf(name: string): 'net' | 'ipc' | 'uts' | undefined {
  if (name.startsWith('net.')) return 'net';
  if (/^kernel\.(shm|msg)[a-z_]+$/.test(name) || name === 'kernel.sem' || name.startsWith('fs.mqueue.')) return 'ipc';
  return name === 'kernel.domainname' ? 'uts' : undefined;
}

export interface SysctlsInput {
  pod: Pick<PodSandboxConfig, 'linux'>;
  /** Let every container bind ports below 1024 (net.ipv4.ip_unprivileged_port_start=0). */
  unprivilegedPorts: boolean;
  /** Let every container ping (net.ipv4.ping_group_range of all groups). */
  unprivilegedIcmp: boolean;
}

/**
 * The sysctls to write into a pod's namespaces: the config's over the defaults, each
 * in a namespace that the pod has of its own. @throws SlipwayError INVALID_REQUEST
 */
export function podSysctls({ pod, unprivilegedPorts, unprivilegedIcmp }: SysctlsInput): Record<string, string> {
  const options = pod.linux?.securityContext?.namespaceOptions;
  const hostNetwork = options?.network === NamespaceMode.NODE;
  const hostIpc = options?.ipc === NamespaceMode.NODE;
  const sysctls: Record<string, string> = {};
  if (!hostNetwork && unprivilegedPorts) sysctls['net.ipv4.ip_unprivileged_port_start'] = '0';
  if (!hostNetwork && unprivilegedIcmp) sysctls['net.ipv4.ping_group_range'] = '0 2147483647';
  for (const [written, value] of Object.entries(pod.linux?.sysctls ?? {})) {
    const field = `linux.sysctls[${written}]`;
    const name = dotted(written);
    if (!/^[a-z0-9_-]+(\.[A-Za-z0-9_@/:-]+)+$/.test(name) || name.includes('..'))
      throw invalidField(field, 'it is no sysctl');
    const namespace = namespaceOf(name);
    if (!namespace) throw invalidField(field, 'it belongs to the whole host, not to a pod');
    if ((namespace === 'net' || namespace === 'uts') && hostNetwork) {
      throw invalidField(field, 'the pod is on the host network');
    }
    if (namespace === 'ipc' && hostIpc) throw invalidField(field, "the pod is in the host's IPC namespace");
    sysctls[name] = value;
  }
  return sysctls;
}

/** sysctl(8) takes `a/b.c/d` for names with dots in them (VLAN interfaces): the first separator tells which form it is. */
function dotted(name: string): string {
  const slash = name.indexOf('/');
  const dot = name.indexOf('.');
  if (slash < 0 || (dot >= 0 && dot < slash)) return name;
  return name.replace(/[./]/g, (char) => (char === '/' ? '.' : '/'));
}
