import { readFileSync } from 'node:fs';

/** All capabilities by number (linux/capability.h): the index is the bit. */
export const capabilityNames = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;
export type Capability = (typeof capabilityNames)[number];
export type CapabilitySetName = 'inheritable' | 'permitted' | 'effective' | 'bounding' | 'ambient';

const statusKeys: Record<CapabilitySetName, string> = {
  inheritable: 'CapInh',
  permitted: 'CapPrm',
  effective: 'CapEff',
  bounding: 'CapBnd',
  ambient: 'CapAmb',
};

/** The capabilities of a mask written in hexadecimal, as in /proc/<pid>/status; unknown bits are left out. */
export function parseCapabilityMask(mask: string): Set<Capability> {
  const bits = BigInt(`0x${mask}`);
  return new Set(capabilityNames.filter((_, bit) => (bits >> BigInt(bit)) & 1n));
}

/** One capability set of a process (capabilities(7)), default this one's. */
export function capabilitySet(set: CapabilitySetName, pid: number | 'self' = 'self'): Set<Capability> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return parseCapabilityMask(new RegExp(`^${statusKeys[set]}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0');
}

/** What any child of this process can have at most. */
export function boundingSet(): Set<Capability> {
  return capabilitySet('bounding');
}
