import { readFileSync } from 'node:fs';
import { type Capability, capabilitiesOfMask } from '@slipway/capabilities';

export type CapabilitySetName = 'inheritable' | 'permitted' | 'effective' | 'bounding' | 'ambient';

const statusKeys: Record<CapabilitySetName, string> = {
  inheritable: 'CapInh',
  permitted: 'CapPrm',
  effective: 'CapEff',
  bounding: 'CapBnd',
  ambient: 'CapAmb',
};

/** A capability set of a process (capabilities(7)), default this one's. */
export function capabilitySet(set: CapabilitySetName, pid: number | 'self' = 'self'): Set<Capability> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new Set(capabilitiesOfMask(new RegExp(`^${statusKeys[set]}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'));
}

/** The most that any child of this process can have. */
export function boundingSet(): Set<Capability> {
  return capabilitySet('bounding');
}
