import type { LinuxContainerSecurityContext, SELinuxOption } from '@slipway/cri';
import { unsupportedField, withoutNul } from '../field.js';
import type { HostFacts } from '../input.js';
import { type WantedProfile, wantedProfile } from './security-profile.js';

const prefix = 'linux.security_context';

/** Files of /proc and /sys that tell of, or reach, the host: empty in a container. */
export const defaultMaskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

export const defaultReadonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/**
 * linux.maskedPaths and readonlyPaths: the config's lists where it has any, else the
 * defaults, because proto3 cannot distinguish an empty list from an absent one. There is one exception: a
 * pod in a user namespace with both lists empty is `procMount: Unmasked`, which
 * Kubernetes allows in user namespaces only.
 */
export function guardedPaths(
  security: Pick<LinuxContainerSecurityContext, 'maskedPaths' | 'readonlyPaths' | 'privileged'> | undefined,
  userNamespace: boolean,
): { maskedPaths: string[]; readonlyPaths: string[] } {
  if (security?.privileged) return { maskedPaths: [], readonlyPaths: [] };
  const masked = security?.maskedPaths ?? [];
  const readonly = security?.readonlyPaths ?? [];
  if (userNamespace && masked.length + readonly.length === 0) return { maskedPaths: [], readonlyPaths: [] };
  return {
    maskedPaths: checked('masked_paths', masked.length > 0 ? masked : defaultMaskedPaths),
    readonlyPaths: checked('readonly_paths', readonly.length > 0 ? readonly : defaultReadonlyPaths),
  };
}

function checked(field: string, paths: readonly string[]): string[] {
  return paths.map((path, index) => withoutNul(`${prefix}.${field}[${index}]`, path));
}

/** The AppArmor profile that a container asks for. Kubernetes means the runtime's default where nothing is said. */
export function wantedApparmor(
  security: Pick<LinuxContainerSecurityContext, 'apparmor' | 'apparmorProfile'> | undefined,
): WantedProfile {
  const wanted = wantedProfile({
    field: `${prefix}.apparmor`,
    profile: security?.apparmor,
    oldField: `${prefix}.apparmor_profile`,
    old: security?.apparmorProfile ?? '',
    unset: 'default',
  });
  // Clients write the old field's prefix into the new one too; containerd and CRI-O take it off.
  return wanted.kind === 'localhost' ? { ...wanted, ref: wanted.ref.replace(/^localhost\//, '') } : wanted;
}

/**
 * process.apparmorProfile. A profile of one's own on a host without AppArmor is refused; the default is then none. A
 * privileged container is confined only by a profile that it names.
 */
export function apparmorProfile(
  security: Pick<LinuxContainerSecurityContext, 'apparmor' | 'apparmorProfile' | 'privileged'> | undefined,
  host: Pick<HostFacts, 'apparmor'>,
): string | undefined {
  const wanted = wantedApparmor(security);
  if (wanted.kind === 'localhost') {
    if (!host.apparmor.enabled)
      throw unsupportedField(wanted.field, `profile ${wanted.ref}: this host has no AppArmor`);
    return withoutNul(wanted.field, wanted.ref);
  }
  if (!host.apparmor.enabled) return undefined;
  if (wanted.kind === 'unconfined' || security?.privileged) return 'unconfined';
  return host.apparmor.defaultProfile || undefined;
}

export interface SelinuxInput {
  options?: SELinuxOption | undefined;
  host: Pick<HostFacts, 'selinux'>;
  sandboxId: string;
  /** Privileged, or in the host's pid or IPC namespace: a label that nobody asked for would keep it from what it is for. */
  unconfined: boolean;
  /** Told that options are passed over. */
  onLess?: ((what: string) => void) | undefined;
}

/**
 * SELinux labels of the process and of its mounts; none on a host without SELinux, whatever was asked for: charts name
 * types and levels wherever they run, and containerd and CRI-O pass them over there. Without a level of its own
 * each pod gets a pair of categories, so that pods cannot reach each other's files.
 */
export function selinuxLabels(input: SelinuxInput): { process: string; mount: string } | undefined {
  const { options, host, sandboxId, unconfined } = input;
  const wanted = Object.entries(options ?? {}).filter(([, value]) => value !== '');
  if (!host.selinux) {
    if (wanted.length > 0) input.onLess?.('SELinux options are passed over: this host has no SELinux');
    return undefined;
  }
  if (wanted.length === 0 && unconfined) return undefined;
  for (const [key, value] of wanted) withoutNul(`${prefix}.selinux_options.${key}`, value as string);
  const user = options?.user || 'system_u';
  const level = options?.level || podCategories(sandboxId);
  return {
    process: `${user}:${options?.role || 'system_r'}:${options?.type || 'container_t'}:${level}`,
    mount: `${user}:object_r:container_file_t:${level}`,
  };
}

/** Two of 1024 categories, by the sandbox's id: `s0:c3,c700`. Every instance gives a pod the same ones. */
function podCategories(sandboxId: string): string {
  let hash = 0x811c9dc5;
  for (const char of sandboxId) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  const first = hash % 1024;
  const other = (hash >>> 10) % 1023;
  const second = other < first ? other : other + 1;
  return `s0:c${Math.min(first, second)},c${Math.max(first, second)}`;
}
