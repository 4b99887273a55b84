import type { CgroupReader, Pressure, PressureLine } from '@slipway/cgroups';
import type { CpuUsage, IoUsage, MemoryUsage, PsiData, PsiStats, SwapUsage, UInt64Value } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { nowNanos } from '@slipway/time';
import { type CpuReading, nanoCores } from './cpu-rate.js';

/** The part of CRI's stats that a cgroup answers; what it does not know is absent. */
export interface CgroupSample {
  cpu?: Init<CpuUsage> | undefined;
  memory?: Init<MemoryUsage> | undefined;
  swap?: Init<SwapUsage> | undefined;
  io?: Init<IoUsage> | undefined;
}

/** Reads a cgroup; `before` is the reading of its last sample, for the rate. */
export function sampleCgroup(
  reader: CgroupReader,
  before: CpuReading | undefined,
): { sample: CgroupSample; reading: CpuReading | undefined } {
  const usage = reader.cpuUsage();
  const reading = usage === undefined ? undefined : { at: performance.now(), usage };
  const cpu = reading && cpuUsage(reader, reading, before);
  return { sample: { cpu, ...memoryUsage(reader), io: ioUsage(reader) }, reading };
}

function cpuUsage(reader: CgroupReader, reading: CpuReading, before: CpuReading | undefined): Init<CpuUsage> {
  const rate = nanoCores(before, reading);
  return {
    timestamp: nowNanos(),
    usageCoreNanoSeconds: { value: reading.usage },
    usageNanoCores: rate === undefined ? undefined : { value: rate },
    psi: psiStats(reader.pressure('cpu')),
  };
}

function memoryUsage(reader: CgroupReader): Pick<CgroupSample, 'memory' | 'swap'> {
  const figures = reader.memory();
  if (!figures) return {};
  const { limit, swap } = figures;
  const timestamp = nowNanos();
  return {
    memory: {
      timestamp,
      usageBytes: { value: figures.usage },
      workingSetBytes: { value: figures.workingSet },
      availableBytes: left(limit, figures.workingSet),
      rssBytes: { value: figures.rss },
      pageFaults: { value: figures.pageFaults },
      majorPageFaults: { value: figures.majorPageFaults },
      psi: psiStats(reader.pressure('memory')),
    },
    swap: swap && {
      timestamp,
      swapUsageBytes: { value: swap.usage },
      swapAvailableBytes: left(swap.limit, swap.usage),
    },
  };
}

/** For I/O the CRI has only pressure. */
function ioUsage(reader: CgroupReader): Init<IoUsage> | undefined {
  const psi = psiStats(reader.pressure('io'));
  return psi && { timestamp: nowNanos(), psi };
}

function left(limit: bigint | undefined, used: bigint): Init<UInt64Value> | undefined {
  if (limit === undefined) return undefined;
  return { value: limit > used ? limit - used : 0n };
}

function psiStats(pressure: Pressure | undefined): Init<PsiStats> | undefined {
  return pressure && { Some: psiData(pressure.some), Full: psiData(pressure.full) };
}

/** CRI's total is in nanoseconds (PsiData.Total), the kernel's in microseconds. */
function psiData({ total, avg10, avg60, avg300 }: PressureLine): Init<PsiData> {
  return { Total: total * 1000n, Avg10: avg10, Avg60: avg60, Avg300: avg300 };
}
