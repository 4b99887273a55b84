import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { CgroupReader } from '@slipway/cgroups';
import type { BlockDeviceUsage, CgroupDetail, TaskDetail } from '@slipway/contracts';
import { firstNames, hasCode } from '@slipway/linux';
import type { Init } from '@slipway/protobuf';
import { nowNanos } from '@slipway/time';

/** Figures of metrics besides CRI's stats, of a container whose first process is `pid`. */
export function readDetail(reader: CgroupReader, pid: number): Init<CgroupDetail> {
  return {
    ...readPodDetail(reader),
    cpuLimits: reader.cpuLimits(),
    memoryLimits: reader.memoryLimits(),
    tasks: taskDetail(reader, pid),
    blockDevices: reader.blockDevices().map((figures): Init<BlockDeviceUsage> => {
      const { major, minor } = figures;
      return { ...figures, device: deviceName(major, minor) };
    }),
  };
}

/** The same of a pod as a whole; only its containers have limits, tasks and block devices. */
export function readPodDetail(reader: CgroupReader): Init<CgroupDetail> {
  return {
    cgroup: reader.path,
    timestamp: nowNanos(),
    cpu: reader.cpuDetail(),
    memory: reader.memoryDetail(),
    hugePages: reader.hugePages(),
  };
}

function taskDetail(reader: CgroupReader, pid: number): Init<TaskDetail> | undefined {
  const processes = reader.processes();
  if (processes === undefined) return undefined;
  const threads = reader.threads();
  const open = openFiles(processes.filter((process) => process > 0));
  return {
    processes: BigInt(processes.length),
    threads: threads?.current,
    maxThreads: threads?.limit,
    fileDescriptors: BigInt(open.files),
    sockets: BigInt(open.sockets),
    maxOpenFiles: maxOpenFiles(pid),
  };
}

/** Descriptors of a container that are looked at: a process may have a million, and others wait meanwhile. */
const maxLookedAt = 4096;

/**
 * Descriptors of processes, and how many of them are sockets (proc_pid_fd(5)). For more than `maxLookedAt`, the kernel
 * reports only the number (since 6.2, as the directory's size), and sockets are those among the first.
 */
export function openFiles(pids: readonly number[]): { files: number; sockets: number } {
  const open = { files: 0, sockets: 0 };
  let left = maxLookedAt;
  for (const pid of pids) {
    const directory = `/proc/${pid}/fd`;
    const names = orGone(() => firstNames(directory, left)) ?? [];
    left -= names.length;
    open.files += left > 0 ? names.length : Math.max(names.length, orGone(() => statSync(directory).size) ?? 0);
    for (const name of names) {
      if (orGone(() => readlinkSync(`${directory}/${name}`))?.startsWith('socket:')) open.sockets++;
    }
  }
  return open;
}

/** The soft limit; undefined when it is unlimited or the process has ended. */
function maxOpenFiles(pid: number): bigint | undefined {
  const text = orGone(() => readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? '';
  const soft = /^Max open files +(\d+)/m.exec(text)?.[1];
  return soft === undefined ? undefined : BigInt(soft);
}

const names = new Map<string, string>();

/** /dev/sda for 8:0; empty for a device without a name of its own. */
function deviceName(major: number, minor: number): string {
  const key = `${major}:${minor}`;
  const known = names.get(key) ?? orGone(() => `/dev/${basename(readlinkSync(`/sys/dev/block/${key}`))}`) ?? '';
  names.set(key, known);
  return known;
}

/** Processes end, and devices go, while they are looked at. */
function orGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'ENODEV', 'EACCES')) return undefined;
    throw error;
  }
}
