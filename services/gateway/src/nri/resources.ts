import { LinuxContainerResources } from '@slipway/cri';
import type { LinuxResources } from '@slipway/nri';
import type { Init } from '@slipway/protobuf';

/** CRI resources as NRI has them: what the CRI leaves at its zero value is absent. */
export function toNriResources(cri: Init<LinuxContainerResources>): Init<LinuxResources> {
  const wrap = (value: bigint | undefined): { value: bigint } | undefined => (value ? { value } : undefined);
  return {
    cpu: {
      shares: wrap(cri.cpuShares),
      quota: wrap(cri.cpuQuota),
      period: wrap(cri.cpuPeriod),
      cpus: cri.cpusetCpus,
      mems: cri.cpusetMems,
    },
    memory: { limit: wrap(cri.memoryLimitInBytes), swap: wrap(cri.memorySwapLimitInBytes) },
    hugepageLimits: cri.hugepageLimits,
    unified: cri.unified,
  };
}

/** NRI resources as an update of the CRI's form, which has no number of processes and no reservation. */
export function toCriResources(nri: Init<LinuxResources>): LinuxContainerResources {
  const { cpu, memory } = nri;
  return LinuxContainerResources.create({
    cpuShares: cpu?.shares?.value,
    cpuQuota: cpu?.quota?.value,
    cpuPeriod: cpu?.period?.value,
    cpusetCpus: cpu?.cpus,
    cpusetMems: cpu?.mems,
    memoryLimitInBytes: memory?.limit?.value,
    memorySwapLimitInBytes: memory?.swap?.value,
    hugepageLimits: nri.hugepageLimits,
    unified: nri.unified as Record<string, string> | undefined,
  });
}

/** What plugins set on top of what was asked for. */
export function withNriResources(
  asked: Init<LinuxContainerResources>,
  wanted: Init<LinuxResources>,
): LinuxContainerResources {
  const set = Object.entries(toCriResources(wanted)).filter(([key, value]) => {
    if (key === 'unified') return Object.keys(value as object).length > 0;
    return Array.isArray(value) ? value.length > 0 : Boolean(value);
  });
  return LinuxContainerResources.create({ ...asked, ...Object.fromEntries(set) });
}
