import { LinuxContainerResources } from '@slipway/cri';

/** The resources that are in force after a change; 0 and '' mean "as before" (CRI LinuxContainerResources). */
export function mergeResources(
  before: LinuxContainerResources | undefined,
  changes: LinuxContainerResources,
): LinuxContainerResources {
  const old = LinuxContainerResources.create(before);
  // A limit on memory and swap together goes with the limit on memory that it was made for; that there is none stays.
  const oldSwap = changes.memoryLimitInBytes && old.memorySwapLimitInBytes > 0n ? 0n : old.memorySwapLimitInBytes;
  return {
    cpuPeriod: changes.cpuPeriod || old.cpuPeriod,
    cpuQuota: changes.cpuQuota || old.cpuQuota,
    cpuShares: changes.cpuShares || old.cpuShares,
    memoryLimitInBytes: changes.memoryLimitInBytes || old.memoryLimitInBytes,
    oomScoreAdj: changes.oomScoreAdj || old.oomScoreAdj,
    cpusetCpus: changes.cpusetCpus || old.cpusetCpus,
    cpusetMems: changes.cpusetMems || old.cpusetMems,
    hugepageLimits: changes.hugepageLimits.length > 0 ? changes.hugepageLimits : old.hugepageLimits,
    unified: { ...old.unified, ...changes.unified },
    memorySwapLimitInBytes: changes.memorySwapLimitInBytes || oldSwap,
  };
}
