import { Metric, type MetricDescriptor } from '@slipway/cri';
import { type Init, withEncoded } from '@slipway/protobuf';
import { cpuSpec, cpuUsage } from './cpu.js';
import type { MetricDefinition, MetricSource } from './definition.js';
import { memorySpec, memoryUsage } from './memory.js';
import { network } from './network.js';
import { storage } from './storage.js';
import { pressure, tasks, times } from './tasks.js';

/** Labels that every metric has, first and in this order: the cgroup, the id in CRI, and what the kubelet knows it by. */
export const commonLabels = ['id', 'name', 'image', 'container', 'pod', 'namespace'] as const;
export type CommonLabels = Record<(typeof commonLabels)[number], string>;

export const containerMetrics: readonly MetricDefinition[] = [
  ...cpuUsage,
  ...cpuSpec,
  ...memoryUsage,
  ...memorySpec,
  ...storage,
  ...tasks,
  ...pressure,
  ...times,
];

/** Metrics of a pod as a whole; the label `container` is empty. */
export const podMetrics: readonly MetricDefinition[] = [...network, ...cpuUsage, ...memoryUsage, ...pressure, ...times];

/** Each metric once, with exactly the labels that its values have. */
export function describeMetrics(): Init<MetricDescriptor>[] {
  const definitions = new Set([...containerMetrics, ...podMetrics]);
  return [...definitions].map(({ name, help, labels }) => ({ name, help, labelKeys: [...commonLabels, ...labels] }));
}

/** The metrics of one source, to be encoded: what the labels say is encoded once for all of them. */
export function evaluate(
  definitions: readonly MetricDefinition[],
  labels: CommonLabels,
  source: MetricSource,
): Init<Metric>[] {
  const common = Metric.encode({ labelValues: commonLabels.map((key) => labels[key]) });
  const { timestamp } = source.detail;
  const metrics: Init<Metric>[] = [];
  for (const definition of definitions) {
    const { name, type: metricType } = definition;
    for (const { value, labels: labelValues } of definition.points(source)) {
      metrics.push(withEncoded(common, { name, timestamp, metricType, labelValues, value: { value } }));
    }
  }
  return metrics;
}
