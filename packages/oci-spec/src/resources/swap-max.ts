/** The file of cgroup v2 that limits swap by itself; v1 and the CRI limit memory and swap together. */
export const swapFile = 'memory.swap.max';

/**
 * The value of that file for a limit on memory and one on memory and swap together, in bytes, -1 for no limit, 0 for
 * none given. Undefined where there is no such value: v2 has no limit on both together, so that one needs a limit on
 * memory to be subtracted (runc and crun refuse it as well).
 */
export function swapMax(memory: bigint, together: bigint): string | undefined {
  if (together === -1n) return 'max';
  if (memory <= 0n || together < memory) return undefined;
  return String(together - memory);
}

/** The way back: the limit on both together. Undefined where the file limits nothing that has a limit on memory. */
export function swapTogether(memory: bigint | undefined, value: string | undefined): bigint | undefined {
  if (value === 'max') return -1n;
  if (value === undefined || !/^\d+$/.test(value) || memory === undefined || memory <= 0n) return undefined;
  return memory + BigInt(value);
}
