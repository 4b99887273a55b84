import { writeFileSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { cpuWeight } from '@slipway/oci-spec';
import type { Cgroups } from './hierarchies.js';

/** Absent limits stay as they are. */
export interface CgroupLimits {
  /** On the scale of v1, 2 to 262144. */
  cpuShares?: bigint | undefined;
  /** Microseconds a period; -1 is no limit. */
  cpuQuota?: bigint | undefined;
  /** Microseconds; 0 is 100 000. */
  cpuPeriod?: bigint | undefined;
  /** Bytes; -1 is no limit. */
  memory?: bigint | undefined;
}

/**
 * Limits an existing cgroup. A controller that the host does not have is skipped.
 * @throws SlipwayError RUNTIME_FAILED with the file that the kernel refused: a quota below that of a cgroup in it
 *   (v1), a limit on memory below what is used and cannot be reclaimed
 */
export function limitCgroup(cgroups: Cgroups, cgroupsPath: string, limits: CgroupLimits): void {
  const { cpuShares, cpuQuota, memory } = limits;
  const period = limits.cpuPeriod || 100_000n;
  const cpu = cgroups.directory('cpu', cgroupsPath);
  const memoryDirectory = cgroups.directory('memory', cgroupsPath);
  const v2 = cgroups.mode === 'v2';
  const files: [directory: string | undefined, file: string, value: string][] = [];
  if (cpuShares !== undefined) {
    files.push(v2 ? [cpu, 'cpu.weight', String(cpuWeight(cpuShares))] : [cpu, 'cpu.shares', String(cpuShares)]);
  }
  if (cpuQuota !== undefined && v2) files.push([cpu, 'cpu.max', `${cpuQuota < 0n ? 'max' : cpuQuota} ${period}`]);
  if (cpuQuota !== undefined && !v2) {
    files.push([cpu, 'cpu.cfs_period_us', String(period)], [cpu, 'cpu.cfs_quota_us', String(cpuQuota)]);
  }
  if (memory !== undefined) {
    files.push(
      v2
        ? [memoryDirectory, 'memory.max', memory < 0n ? 'max' : String(memory)]
        : [memoryDirectory, 'memory.limit_in_bytes', String(memory)],
    );
  }
  for (const [directory, file, value] of files) {
    if (directory === undefined) continue;
    try {
      writeFileSync(`${directory}/${file}`, value);
    } catch (cause) {
      throw new SlipwayError('RUNTIME_FAILED', `${file} cannot become ${value}: ${(cause as Error).message}`, {
        object: `cgroup ${cgroupsPath}`,
        hint: 'it may be less than what is used in it, or than what a container in it was promised',
        cause,
      });
    }
  }
}
