import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricDescriptor, PodSandboxMetrics } from '@slipway/cri';

/** Samples are answered again for a second. */
export const anotherSample = (): Promise<void> => sleep(1100);

export interface Series {
  metric: string;
  labels: Record<string, string>;
  value: bigint | undefined;
}

/** Every value under its labels' keys; each series must be described, and be there once. */
export function allSeries(descriptors: MetricDescriptor[], metrics: PodSandboxMetrics): Series[] {
  const seen = new Set<string>();
  const all = [...metrics.metrics, ...metrics.containerMetrics.flatMap((container) => container.metrics)];
  return all.map(({ name, labelValues, value, timestamp }) => {
    const descriptor = descriptors.find((one) => one.name === name);
    assert.ok(descriptor, `${name} is not described`);
    assert.equal(labelValues.length, descriptor.labelKeys.length, name);
    assert.ok(timestamp > 0n);
    const key = JSON.stringify([name, labelValues]);
    assert.ok(!seen.has(key), `${key} is there twice`);
    seen.add(key);
    const labels = Object.fromEntries(descriptor.labelKeys.map((label, at) => [label, labelValues[at] ?? '']));
    return { metric: name, labels, value: value?.value };
  });
}
