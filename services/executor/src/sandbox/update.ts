import { type CgroupLimits, limitCgroup } from '@slipway/cgroups';
import { SandboxPhase, type SandboxRecord, type UpdateSandboxCall, type UpdateSandboxResult } from '@slipway/contracts';
import { LinuxContainerResources, LinuxPodSandboxConfig, PodSandboxConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { unitLimits } from '../systemd/unit-limits.js';
import { ownCgroupParent } from './cgroup.js';
import type { SandboxCall, SandboxContext } from './context.js';
import { sandboxPhaseName } from './phases.js';

/**
 * Keeps in a sandbox's record what its pod needs by now, and limits the pod's cgroup accordingly where it is ours: one
 * that the kubelet named is limited by the kubelet. The files of a slice are systemd's, which writes what it knows again
 * at a reload: it is given the limits, a moment before or after the slice is made.
 * Throws SANDBOX_NOT_FOUND, SANDBOX_NOT_READY, INVALID_REQUEST, RUNTIME_FAILED.
 */
export async function updateSandbox(
  context: SandboxContext,
  request: UpdateSandboxCall,
  call: SandboxCall,
): Promise<UpdateSandboxResult> {
  const { id } = request;
  const object = `sandbox ${id}`;
  await context.records.withLock(
    `sandbox:${id}`,
    async () => {
      const record = await context.records.sandboxes.get(id);
      if (!record) throw new SlipwayError('SANDBOX_NOT_FOUND', 'no such sandbox', { object });
      if (record.phase !== SandboxPhase.SANDBOX_READY) {
        throw new SlipwayError('SANDBOX_NOT_READY', `it is ${sandboxPhaseName(record.phase)}`, { object });
      }
      const linux = LinuxPodSandboxConfig.create(record.config?.linux);
      const overhead = request.overhead ?? linux.overhead;
      const resources = request.resources ?? linux.resources;
      const own = record.cgroupParent === ownCgroupParent(context.settings, id);
      if (own) await limitOwn(context, record.cgroupParent, podLimits(resources, overhead), call);
      const config = PodSandboxConfig.create({ ...record.config, linux: { ...linux, overhead, resources } });
      await context.records.sandboxes.transition(id, (current): SandboxRecord => ({ ...current, config }));
      call.log.info({ sandbox: id, cgroup: own }, 'sandbox resources updated');
    },
    { signal: call.signal },
  );
  return {};
}

async function limitOwn(context: SandboxContext, own: string, limits: CgroupLimits, call: SandboxCall): Promise<void> {
  if (context.settings.cgroup.driver === 'cgroupfs') {
    limitCgroup(context.cgroups, own, limits);
    return;
  }
  const properties = unitLimits(limits);
  if (properties.length > 0) await context.units.setProperties(own, properties, call);
}

/**
 * The limits of a pod: those of its containers, and the overhead of running them (CRI
 * UpdatePodSandboxResourcesRequest). 0 is "not said"; what containers are not limited in, their pod is not.
 */
export function podLimits(
  resources: LinuxContainerResources | undefined,
  overhead: LinuxContainerResources | undefined,
): CgroupLimits {
  const own = LinuxContainerResources.create(resources);
  const more = LinuxContainerResources.create(overhead);
  for (const name of ['cpuQuota', 'memoryLimitInBytes'] as const) {
    if (own[name] < -1n) {
      throw new SlipwayError('INVALID_REQUEST', `resources.${name} is ${own[name]}: -1 means no limit`);
    }
  }
  const sum = (value: bigint, extra: bigint): bigint | undefined =>
    value > 0n ? value + (extra > 0n ? extra : 0n) : value || undefined;
  const period = own.cpuPeriod || 100_000n;
  const overheadQuota = more.cpuQuota > 0n ? (more.cpuQuota * period) / (more.cpuPeriod || 100_000n) : 0n;
  return {
    cpuShares: sum(own.cpuShares, more.cpuShares),
    cpuQuota: sum(own.cpuQuota, overheadQuota),
    cpuPeriod: own.cpuPeriod,
    memory: sum(own.memoryLimitInBytes, more.memoryLimitInBytes),
  };
}
