import { LinuxContainerResources } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
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
function toCriResources(nri: Init<LinuxResources>): LinuxContainerResources {
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

/**
 * The same, for a container that exists already: what an update cannot carry is refused, so that no plugin believes it
 * to be in force. @throws SlipwayError UNSUPPORTED
 */
export function toCriUpdate(id: string, nri: Init<LinuxResources>): LinuxContainerResources {
  const left = nri.pids ? 'pids.limit' : nri.memory?.reservation ? 'memory.reservation' : undefined;
  if (left) {
    throw new SlipwayError('UNSUPPORTED', `an NRI plugin updates ${left}, which can only be set at the creation`, {
      object: `container ${id}`,
      hint: 'docs/nri.md lists what an update takes',
    });
  }
  return toCriResources(nri);
}

/** The resources that plugins set on top of the requested ones. */
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
