/**
 * cgroup v1's cpu.shares (2 to 262144) on the scale of v2's cpu.weight (1 to 10000).
 *
 * The curve goes through the least, the usual and the most of both scales: 2 ↔ 1, 1024 ↔ 100, 262144 ↔ 10000. It is
 * the one of runc since 1.3.2, crun since 1.23 and kubelets since 1.34 (opencontainers/cgroups,
 * ConvertCPUSharesToCgroupV2Value). Older runtimes draw a straight line from 2 to 262144, on which 1024 is 39: a
 * container of one CPU then has less than half of the weight of a system service.
 */
export function cpuWeight(shares: bigint): bigint {
  if (shares <= 2n) return 1n;
  if (shares >= 262_144n) return 10_000n;
  const octaves = Math.log2(Number(shares));
  return BigInt(Math.ceil(10 ** ((octaves ** 2 + 125 * octaves) / 612 - 7 / 34)));
}

/** The way back: the shares whose weight comes nearest. */
export function cpuShares(weight: bigint): bigint {
  if (weight <= 1n) return 2n;
  if (weight >= 10_000n) return 262_144n;
  // The positive root of octaves² + 125 octaves = 612 (log10(weight) + 7/34).
  const octaves = (Math.sqrt(125 ** 2 + 4 * 612 * (Math.log10(Number(weight)) + 7 / 34)) - 125) / 2;
  return BigInt(Math.round(2 ** octaves));
}
