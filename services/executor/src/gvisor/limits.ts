import { type CgroupLimits, limitCgroup } from '@slipway/cgroups';
import type { ContainerRecord, SandboxRecord } from '@slipway/contracts';
import type { LinuxContainerResources } from '@slipway/cri';
import { findFacts, wholeCgroup } from '../container/facts.js';
import { isLive } from '../container/phases.js';
import type { ExecutorContext } from '../context.js';

/** Bytes for a sandbox's kernel and file servers besides its containers, where the pod names no overhead. */
const ownMemory = 64n << 20n;
/** Microseconds: the period to which quotas are brought before they are added up. */
const period = 100_000n;
/** CPU shares of a container that names none (kernel sched-design-CFS). */
const defaultShares = 1024n;

/** The container whose limits are about to change. */
export type Changing = Pick<ContainerRecord, 'id' | 'resources'>;

/**
 * Gives a sandbox's cgroup what its containers may use together: all of their processes are in that of the sandbox,
 * whatever cgroup their own spec names. With `changing`, as if that container had those resources by now.
 * Throws RUNTIME_FAILED where the kernel refuses, for example a limit below what is used.
 */
export async function limitGvisorSandbox(
  context: ExecutorContext,
  sandboxId: string,
  changing?: Changing,
): Promise<void> {
  const facts = await findFacts(context.paths, sandboxId, '');
  const cgroup = facts ? wholeCgroup(facts) : '';
  if (cgroup === '') return;
  // Two containers of a pod can be created concurrently: the last sum must be that of both.
  await context.records.withLock(`limits:${sandboxId}`, async () => {
    const sandbox = await context.records.sandboxes.get(sandboxId);
    const others = (await context.records.containers.list()).filter(
      (one) => one.sandboxId === sandboxId && one.id !== changing?.id && isLive(one),
    );
    const parts = [...others, ...(changing ? [changing] : [])].map(({ resources }) => resources);
    limitCgroup(context.cgroups, cgroup, sandboxLimits(parts, overheadOf(sandbox)));
  });
}

function overheadOf(sandbox: SandboxRecord | undefined): LinuxContainerResources | undefined {
  return sandbox?.config?.linux?.overhead;
}

/** The sum of containers' limits; where one of them has none, the sandbox has none. */
export function sandboxLimits(
  containers: readonly (LinuxContainerResources | undefined)[],
  overhead: LinuxContainerResources | undefined,
): CgroupLimits {
  const sum = (of: (one: LinuxContainerResources) => bigint): bigint | undefined => {
    let total = 0n;
    for (const one of containers) {
      const value = one ? of(one) : 0n;
      if (value <= 0n) return undefined;
      total += value;
    }
    return containers.length > 0 ? total : undefined;
  };
  const quotaOf = ({ cpuQuota, cpuPeriod }: LinuxContainerResources): bigint =>
    cpuQuota > 0n ? (cpuQuota * period) / (cpuPeriod || period) : 0n;
  const memory = sum(({ memoryLimitInBytes }) => memoryLimitInBytes);
  const quota = sum(quotaOf);
  const shares = containers.reduce((total, one) => total + (one?.cpuShares || defaultShares), 0n);
  return {
    memory: memory === undefined ? -1n : memory + (overhead?.memoryLimitInBytes || ownMemory),
    cpuQuota: quota === undefined ? -1n : quota + (overhead ? quotaOf(overhead) : 0n),
    cpuPeriod: period,
    // The kernel's range, sched-design-CFS.
    cpuShares: shares < 2n ? 2n : shares > 262_144n ? 262_144n : shares,
  };
}
