import { existsSync } from 'node:fs';
import { relativeCgroup } from '../cgroup-path.js';
import type { Cgroups } from '../hierarchies.js';
import { type BlockDeviceFigures, blockDevicesV1, blockDevicesV2 } from './block-devices.js';
import {
  type CpuDetail,
  type CpuLimits,
  cpuDetailV1,
  cpuDetailV2,
  cpuLimitsV1,
  cpuLimitsV2,
  cpuUsageV1,
  cpuUsageV2,
} from './cpu.js';
import { CgroupFiles, keyed } from './files.js';
import { type HugePageFigures, hugePages, hugePageSizes } from './huge-pages.js';
import {
  type MemoryDetail,
  type MemoryFigures,
  type MemoryLimits,
  memoryDetailV1,
  memoryDetailV2,
  memoryLimitsV1,
  memoryLimitsV2,
  memoryV1,
  memoryV2,
} from './memory.js';
import { type Pressure, pressure } from './pressure.js';
import { ProcessLister } from './tasks.js';

/**
 * The kernel's figures of a cgroup, read at each call: synchronous, some five to fifty microseconds each. What has
 * no controller here, or whose cgroup is gone, is undefined.
 */
export interface CgroupReader {
  /** Below the mount points, starting with `/`. */
  readonly path: string;
  /** Nanoseconds of one core. */
  cpuUsage(): bigint | undefined;
  memory(): MemoryFigures | undefined;
  pressure(resource: 'cpu' | 'memory' | 'io'): Pressure | undefined;
  /** Processes in it and below it, as host pids: 0 for one that this process's pid namespace does not see. */
  processes(): number[] | undefined;
  /** Tasks, which the pids controller counts: every thread of every process. `limit` undefined is none. */
  threads(): { current: bigint; limit: bigint | undefined } | undefined;
  cpuDetail(): CpuDetail | undefined;
  cpuLimits(): CpuLimits | undefined;
  memoryDetail(): MemoryDetail | undefined;
  memoryLimits(): MemoryLimits | undefined;
  blockDevices(): BlockDeviceFigures[];
  hugePages(): HugePageFigures[];
  /** Gives back the descriptors that it holds, a few; it can go on to be read. */
  close(): void;
}

/** A reader of a cgroup that exists. Throws INVALID_REQUEST for a path that names none. */
export function openCgroupReader(cgroups: Cgroups, cgroupsPath: string): CgroupReader {
  const path = relativeCgroup(cgroupsPath);
  // Controllers that are mounted together, as cpu and cpuacct are, share a directory.
  const opened = new Map<string, CgroupFiles>();
  const at = (mountpoint: string | undefined): CgroupFiles | undefined => {
    if (mountpoint === undefined) return undefined;
    const files = opened.get(mountpoint) ?? new CgroupFiles(mountpoint + path);
    opened.set(mountpoint, files);
    return files;
  };
  const unified = cgroups.mode === 'v1' ? undefined : at(cgroups.mountpoints.at(-1));
  if (cgroups.mode === 'v2') return readerV2(path, unified as CgroupFiles);

  // A runtime that does not use the unified hierarchy leaves nothing there, or an empty cgroup.
  const waiting = unified && existsSync(unified.directory) ? unified : undefined;
  const [cpuacct, cpu, memory, pids, blkio] = ['cpuacct', 'cpu', 'memory', 'pids', 'blkio'].map((name) =>
    at(cgroups.controller(name)),
  );
  // The only controller that a hybrid host may have left to the unified hierarchy and that is read here.
  const huge = at(cgroups.controller('hugetlb')) ?? waiting;
  const holder = pids ?? memory ?? cpuacct;
  const processes = holder && new ProcessLister(holder);
  return {
    path,
    cpuUsage: () => cpuacct && cpuUsageV1(cpuacct),
    memory: () => memory && memoryV1(memory),
    pressure: (resource) => (waiting && isPopulated(waiting) ? pressure(waiting, resource) : undefined),
    processes: () => processes?.list(),
    threads: () => pids && threads(pids),
    cpuDetail: () => cpuDetailV1(cpuacct, cpu),
    cpuLimits: () => cpu && cpuLimitsV1(cpu),
    memoryDetail: () => memory && memoryDetailV1(memory),
    memoryLimits: () => memory && memoryLimitsV1(memory),
    blockDevices: () => (blkio ? blockDevicesV1(blkio) : []),
    hugePages: hugePageReader(huge),
    close: () => {
      for (const files of opened.values()) files.close();
    },
  };
}

function readerV2(path: string, files: CgroupFiles): CgroupReader {
  const processes = new ProcessLister(files);
  return {
    path,
    cpuUsage: () => cpuUsageV2(files),
    memory: () => memoryV2(files),
    pressure: (resource) => pressure(files, resource),
    processes: () => processes.list(),
    threads: () => threads(files),
    cpuDetail: () => cpuDetailV2(files),
    cpuLimits: () => cpuLimitsV2(files),
    memoryDetail: () => memoryDetailV2(files),
    memoryLimits: () => memoryLimitsV2(files),
    blockDevices: () => blockDevicesV2(files),
    hugePages: hugePageReader(files),
    close: () => files.close(),
  };
}

function threads(files: CgroupFiles): { current: bigint; limit: bigint | undefined } | undefined {
  const current = files.number('pids.current');
  return current === undefined ? undefined : { current, limit: files.number('pids.max') };
}

/** Asked for each resource of a sample, and answered for all of them by one reading. */
function isPopulated(files: CgroupFiles): boolean {
  return keyed(files.recent('cgroup.events', 10) ?? '', 'populated') === 1n;
}

/** The sizes are the host's, and do not change while it runs. */
function hugePageReader(files: CgroupFiles | undefined): () => HugePageFigures[] {
  let sizes: string[] | undefined;
  return () => {
    sizes ??= files && hugePageSizes(files.directory);
    return files && sizes ? hugePages(files, sizes) : [];
  };
}
