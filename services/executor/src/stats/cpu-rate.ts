/** A reading of a cumulative counter: `at` in milliseconds of the process's own clock, `usage` in nanoseconds. */
export interface CpuReading {
  at: number;
  usage: bigint;
}

/**
 * Cores in billionths, used between two readings; undefined without an earlier one, without time between them, or when
 * the counter went back because the cgroup was created again.
 */
export function nanoCores(before: CpuReading | undefined, now: CpuReading): bigint | undefined {
  if (!before || now.at <= before.at || now.usage < before.usage) return undefined;
  return BigInt(Math.round((Number(now.usage - before.usage) / (now.at - before.at)) * 1000));
}
