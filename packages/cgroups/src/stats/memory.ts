import { type CgroupFiles, keyed, minus, v1Limit } from './files.js';

/** Bytes that a cgroup and those below it use. */
export interface MemoryFigures {
  usage: bigint;
  /** Memory that cannot be reclaimed easily: usage without inactive file pages. */
  workingSet: bigint;
  /** Anonymous memory, that in huge pages included. */
  rss: bigint;
  pageFaults: bigint;
  majorPageFaults: bigint;
  /** The cgroup's own; undefined is no limit. */
  limit: bigint | undefined;
  /** Undefined where swap is not accounted. */
  swap: { usage: bigint; limit: bigint | undefined } | undefined;
}

export interface MemoryDetail {
  cache: bigint;
  mappedFile: bigint;
  activeFile: bigint;
  inactiveFile: bigint;
  swap: bigint;
  kernel: bigint;
  /** The highest usage so far; 0 where the kernel does not keep it (v2 before Linux 5.19). */
  maxUsage: bigint;
  /** How often the limit was hit. */
  limitHits: bigint;
  oomKills: bigint;
  /** Faults of the cgroup's own processes. */
  ownPageFaults: bigint;
  ownMajorPageFaults: bigint;
}

/** Undefined is no limit. */
export interface MemoryLimits {
  limit: bigint | undefined;
  reservation: bigint | undefined;
  /** Memory and swap together on v1, only swap on v2. */
  swapLimit: bigint | undefined;
}

/** Milliseconds for which what the figures were read from serves their detail and the limits, too. */
const sharedMs = 1000;

/** memory.rst of cgroup-v1: the `total_` figures hold the cgroups below. */
export function memoryV1(files: CgroupFiles): MemoryFigures | undefined {
  const usage = files.number('memory.usage_in_bytes');
  const stat = files.recent('memory.stat', 0);
  if (usage === undefined || stat === undefined) return undefined;
  const limit = v1Limit(files.number('memory.limit_in_bytes', 0));
  const both = files.number('memory.memsw.limit_in_bytes', 0);
  const bothLimit = v1Limit(both);
  return {
    usage,
    workingSet: minus(usage, keyed(stat, 'total_inactive_file') ?? 0n),
    rss: keyed(stat, 'total_rss') ?? 0n,
    pageFaults: keyed(stat, 'total_pgfault') ?? 0n,
    majorPageFaults: keyed(stat, 'total_pgmajfault') ?? 0n,
    limit,
    swap:
      both === undefined
        ? undefined
        : {
            usage: keyed(stat, 'total_swap') ?? 0n,
            limit: bothLimit === undefined ? undefined : minus(bothLimit, limit ?? 0n),
          },
  };
}

/** cgroup-v2.rst, "Memory Interface Files". */
export function memoryV2(files: CgroupFiles): MemoryFigures | undefined {
  const usage = files.number('memory.current');
  const stat = files.recent('memory.stat', 0);
  if (usage === undefined || stat === undefined) return undefined;
  const swap = files.number('memory.swap.current', 0);
  return {
    usage,
    workingSet: minus(usage, keyed(stat, 'inactive_file') ?? 0n),
    rss: keyed(stat, 'anon') ?? 0n,
    pageFaults: keyed(stat, 'pgfault') ?? 0n,
    majorPageFaults: keyed(stat, 'pgmajfault') ?? 0n,
    limit: files.number('memory.max', 0),
    swap: swap === undefined ? undefined : { usage: swap, limit: files.number('memory.swap.max', 0) },
  };
}

export function memoryDetailV1(files: CgroupFiles): MemoryDetail | undefined {
  const stat = files.recent('memory.stat', sharedMs);
  if (stat === undefined) return undefined;
  return {
    cache: keyed(stat, 'total_cache') ?? 0n,
    mappedFile: keyed(stat, 'total_mapped_file') ?? 0n,
    activeFile: keyed(stat, 'total_active_file') ?? 0n,
    inactiveFile: keyed(stat, 'total_inactive_file') ?? 0n,
    swap: keyed(stat, 'total_swap') ?? 0n,
    kernel: files.number('memory.kmem.usage_in_bytes') ?? 0n,
    maxUsage: files.number('memory.max_usage_in_bytes') ?? 0n,
    limitHits: files.number('memory.failcnt') ?? 0n,
    oomKills: keyed(files.text('memory.oom_control') ?? '', 'oom_kill') ?? 0n,
    ownPageFaults: keyed(stat, 'pgfault') ?? 0n,
    ownMajorPageFaults: keyed(stat, 'pgmajfault') ?? 0n,
  };
}

export function memoryLimitsV1(files: CgroupFiles): MemoryLimits | undefined {
  const limit = files.number('memory.limit_in_bytes', sharedMs);
  if (limit === undefined) return undefined;
  return {
    limit: v1Limit(limit),
    reservation: v1Limit(files.number('memory.soft_limit_in_bytes')),
    swapLimit: v1Limit(files.number('memory.memsw.limit_in_bytes', sharedMs)),
  };
}

export function memoryDetailV2(files: CgroupFiles): MemoryDetail | undefined {
  const stat = files.recent('memory.stat', sharedMs);
  if (stat === undefined) return undefined;
  const events = files.text('memory.events') ?? '';
  return {
    cache: keyed(stat, 'file') ?? 0n,
    mappedFile: keyed(stat, 'file_mapped') ?? 0n,
    activeFile: keyed(stat, 'active_file') ?? 0n,
    inactiveFile: keyed(stat, 'inactive_file') ?? 0n,
    swap: files.number('memory.swap.current', sharedMs) ?? 0n,
    // `kernel` is there since Linux 5.18.
    kernel: keyed(stat, 'kernel') ?? (keyed(stat, 'kernel_stack') ?? 0n) + (keyed(stat, 'slab') ?? 0n),
    maxUsage: files.number('memory.peak') ?? 0n,
    limitHits: keyed(events, 'max') ?? 0n,
    oomKills: keyed(events, 'oom_kill') ?? 0n,
    // v2 counts only for the whole tree.
    ownPageFaults: keyed(stat, 'pgfault') ?? 0n,
    ownMajorPageFaults: keyed(stat, 'pgmajfault') ?? 0n,
  };
}

export function memoryLimitsV2(files: CgroupFiles): MemoryLimits | undefined {
  if (files.recent('memory.max', sharedMs) === undefined) return undefined;
  const reservation = files.number('memory.low');
  return {
    limit: files.number('memory.max', sharedMs),
    reservation: reservation === 0n ? undefined : reservation,
    swapLimit: files.number('memory.swap.max', sharedMs),
  };
}
