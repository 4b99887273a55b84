import { cpuShares } from '@slipway/oci-spec';
import { type CgroupFiles, keyed } from './files.js';

/** Processor time of a cgroup and its descendants, in nanoseconds of one core. */
export interface CpuDetail {
  user: bigint;
  system: bigint;
  /** Enforcement of the quota: periods, periods that ran into it, time lost to it. */
  periods: bigint;
  throttledPeriods: bigint;
  throttledTime: bigint;
}

export interface CpuLimits {
  /** Microseconds. */
  period: bigint;
  /** Microseconds a period; undefined is no limit. */
  quota: bigint | undefined;
  shares: bigint;
}

/** USER_HZ, in which cpuacct.stat counts, is 100 on every architecture that runs containers (times(2)). */
const tickNs = 10_000_000n;

/** cpuacct.usage (cpuacct.rst). */
export function cpuUsageV1(cpuacct: CgroupFiles): bigint | undefined {
  return cpuacct.number('cpuacct.usage');
}

/** usage_usec of cpu.stat (cgroup-v2.rst), which is there without the cpu controller too. */
export function cpuUsageV2(files: CgroupFiles): bigint | undefined {
  const stat = files.text('cpu.stat');
  const micros = stat === undefined ? undefined : keyed(stat, 'usage_usec');
  return micros === undefined ? undefined : micros * 1000n;
}

export function cpuDetailV1(cpuacct: CgroupFiles | undefined, cpu: CgroupFiles | undefined): CpuDetail | undefined {
  const times = cpuacct?.text('cpuacct.stat');
  if (times === undefined) return undefined;
  const stat = cpu?.text('cpu.stat') ?? '';
  return {
    user: (keyed(times, 'user') ?? 0n) * tickNs,
    system: (keyed(times, 'system') ?? 0n) * tickNs,
    periods: keyed(stat, 'nr_periods') ?? 0n,
    throttledPeriods: keyed(stat, 'nr_throttled') ?? 0n,
    throttledTime: keyed(stat, 'throttled_time') ?? 0n,
  };
}

export function cpuLimitsV1(cpu: CgroupFiles): CpuLimits | undefined {
  const shares = cpu.number('cpu.shares');
  if (shares === undefined) return undefined;
  // -1 is no quota.
  return { period: cpu.number('cpu.cfs_period_us') ?? 0n, quota: cpu.number('cpu.cfs_quota_us'), shares };
}

export function cpuDetailV2(files: CgroupFiles): CpuDetail | undefined {
  const stat = files.text('cpu.stat');
  if (stat === undefined) return undefined;
  return {
    user: (keyed(stat, 'user_usec') ?? 0n) * 1000n,
    system: (keyed(stat, 'system_usec') ?? 0n) * 1000n,
    periods: keyed(stat, 'nr_periods') ?? 0n,
    throttledPeriods: keyed(stat, 'nr_throttled') ?? 0n,
    throttledTime: (keyed(stat, 'throttled_usec') ?? 0n) * 1000n,
  };
}

export function cpuLimitsV2(files: CgroupFiles): CpuLimits | undefined {
  const weight = files.number('cpu.weight');
  if (weight === undefined) return undefined;
  const [quota = 'max', period = '0'] = (files.text('cpu.max') ?? '').trim().split(' ');
  return { period: BigInt(period), quota: /^\d+$/.test(quota) ? BigInt(quota) : undefined, shares: cpuShares(weight) };
}
