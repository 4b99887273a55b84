import type { CgroupDetail, FilesystemCapacity, InterfaceCounters } from '@slipway/contracts';
import type { CpuUsage, FilesystemUsage, IoUsage, MemoryUsage } from '@slipway/cri';
import { MetricType } from '@slipway/cri';

/** The figures behind the metrics of a container, or of a pod as a whole. Absent figures have no metrics. */
export interface MetricSource {
  detail: CgroupDetail;
  /** Nanoseconds since the epoch. */
  startedAt: bigint;
  cpu?: CpuUsage | undefined;
  memory?: MemoryUsage | undefined;
  io?: IoUsage | undefined;
  writableLayer?: FilesystemUsage | undefined;
  fileSystem?: FilesystemCapacity | undefined;
  interfaces?: readonly InterfaceCounters[] | undefined;
}

/** A value with the labels that the metric has besides the common ones. */
export interface Point {
  value: bigint;
  labels?: string[];
}

/** A metric under the name that cAdvisor gave it, with what it is and how it is found. */
export interface MetricDefinition {
  name: string;
  help: string;
  type: MetricType;
  /** Keys of the labels besides the common ones. */
  labels: readonly string[];
  points(source: MetricSource): readonly Point[];
}

type Values = bigint | undefined | readonly Point[];

/** A value that only grows. `read` answers one value, or points, or undefined for none. */
export function counter(
  name: string,
  help: string,
  read: (source: MetricSource) => Values,
  labels: readonly string[] = [],
): MetricDefinition {
  return { name, help, type: MetricType.COUNTER, labels, points: (source) => pointsOf(read(source)) };
}

export function gauge(
  name: string,
  help: string,
  read: (source: MetricSource) => Values,
  labels: readonly string[] = [],
): MetricDefinition {
  return { name, help, type: MetricType.GAUGE, labels, points: (source) => pointsOf(read(source)) };
}

function pointsOf(values: Values): readonly Point[] {
  if (values === undefined) return [];
  return typeof values === 'bigint' ? [{ value: values }] : values;
}

/** CRI's metrics are whole numbers (Metric.value): what is left of a second is cut off. */
export function seconds(nanoseconds: bigint): bigint;
export function seconds(nanoseconds: bigint | undefined): bigint | undefined;
export function seconds(nanoseconds: bigint | undefined): bigint | undefined {
  return nanoseconds === undefined ? undefined : nanoseconds / 1_000_000_000n;
}
