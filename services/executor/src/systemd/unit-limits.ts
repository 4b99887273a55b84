import type { CgroupLimits } from '@slipway/cgroups';
import { cpuWeight } from '@slipway/oci-spec';

/**
 * Limits as properties of a unit, for `SystemdUnits.setProperties` (systemd.resource-control(5)); what is absent is no
 * property. systemd keeps a quota as hundredths of a percent of a processor: one in between is rounded up.
 */
export function unitLimits({ cpuShares, cpuQuota, cpuPeriod, memory }: CgroupLimits): string[] {
  const properties: string[] = [];
  if (cpuShares !== undefined) properties.push(`CPUWeight=${cpuWeight(cpuShares)}`);
  if (cpuQuota !== undefined) {
    const period = cpuPeriod || 100_000n;
    properties.push(`CPUQuotaPeriodSec=${period}us`, `CPUQuota=${cpuQuota < 0n ? '' : percent(cpuQuota, period)}`);
  }
  if (memory !== undefined) properties.push(`MemoryMax=${memory < 0n ? 'infinity' : memory}`);
  return properties;
}

function percent(quota: bigint, period: bigint): string {
  const hundredths = (quota * 10_000n + period - 1n) / period;
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}%`;
}
