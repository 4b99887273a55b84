import { capabilityNames } from '@slipway/capabilities';
import type { Capability } from '@slipway/cri';
import { invalidField } from '../field.js';
import type { OciCapabilities } from '../types.js';

const prefix = 'linux.security_context.capabilities';

const known = new Map<string, number>(capabilityNames.map((name, index) => [name, index]));

/** The capabilities of a container that asks for none: the fourteen that Docker and containerd grant. */
export const defaultCapabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SYS_CHROOT',
  'CAP_MKNOD',
  'CAP_AUDIT_WRITE',
  'CAP_SETFCAP',
];

export interface CapabilitiesInput {
  capability?: Capability | undefined;
  privileged: boolean;
  /** The capabilities that this host can grant. */
  bounding: readonly string[];
  /** Told the capabilities that were named one by one and cannot be granted here. */
  onMissing?: ((names: string[]) => void) | undefined;
}

/**
 * The process's capability sets. Names are taken with and without CAP_, in any case.
 * ALL adds or drops everything first, single names follow, drops last. Capabilities that the host
 * cannot grant is left out: a runtime fails on a capability outside of its own
 * bounding set. Inheritable stays empty but for ambient ones, so that a file's
 * inheritable set grants nothing (CVE-2022-24769).
 */
export function processCapabilities(input: CapabilitiesInput): OciCapabilities {
  const { privileged } = input;
  const add = names(`${prefix}.add_capabilities`, input.capability?.addCapabilities);
  const drop = names(`${prefix}.drop_capabilities`, input.capability?.dropCapabilities);
  const ambientNames = names(`${prefix}.add_ambient_capabilities`, input.capability?.addAmbientCapabilities);
  let set = new Set<string>(privileged || add.all ? capabilityNames : defaultCapabilities);
  // A privileged container is given everything whatever it asks for (CRI, `privileged`).
  if (!privileged) {
    if (drop.all) set = new Set();
    for (const name of [...add.single, ...ambientNames.single]) set.add(name);
    for (const name of drop.single) set.delete(name);
  }
  const grantable = new Set(input.bounding);
  const missing = [...add.single, ...ambientNames.single].filter((name) => set.has(name) && !grantable.has(name));
  if (missing.length > 0) input.onMissing?.([...new Set(missing)]);
  const granted = inOrder([...set].filter((name) => grantable.has(name)));
  const ambient = ambientNames.all
    ? granted
    : inOrder([...new Set(ambientNames.single)].filter((name) => granted.includes(name)));
  return { bounding: granted, effective: granted, inheritable: ambient, permitted: granted, ambient };
}

function names(field: string, list: readonly string[] = []): { all: boolean; single: string[] } {
  const single: string[] = [];
  let all = false;
  list.forEach((text, index) => {
    const upper = text.toUpperCase();
    if (upper === 'ALL' || upper === 'CAP_ALL') {
      all = true;
      return;
    }
    const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
    if (!known.has(name)) throw invalidField(`${field}[${index}]`, `${JSON.stringify(text)} is no capability`);
    single.push(name);
  });
  return { all, single };
}

function inOrder(list: string[]): string[] {
  return list.sort((a, b) => (known.get(a) ?? 0) - (known.get(b) ?? 0));
}
