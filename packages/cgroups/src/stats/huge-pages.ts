import { readdirSync } from 'node:fs';
import { hasCode } from '@slipway/linux';
import type { CgroupFiles } from './files.js';

export interface HugePageFigures {
  /** For example `2MB`. */
  pageSize: string;
  usage: bigint;
  /** The highest usage so far; 0 on v2, which does not keep it. */
  maxUsage: bigint;
}

/** The sizes that the kernel accounts, from the names of a cgroup's files (hugetlb.rst); undefined when there is no such cgroup. */
export function hugePageSizes(directory: string): string[] | undefined {
  try {
    return readdirSync(directory).flatMap(
      (name) => /^hugetlb\.(\d+[KMG]B)\.(?:current|usage_in_bytes)$/.exec(name)?.[1] ?? [],
    );
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return undefined;
    throw error;
  }
}

export function hugePages(files: CgroupFiles, sizes: readonly string[]): HugePageFigures[] {
  return sizes.flatMap((pageSize) => {
    const name = `hugetlb.${pageSize}`;
    const usage = files.number(`${name}.usage_in_bytes`) ?? files.number(`${name}.current`);
    if (usage === undefined) return [];
    return [{ pageSize, usage, maxUsage: files.number(`${name}.max_usage_in_bytes`) ?? 0n }];
  });
}
