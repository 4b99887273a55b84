import { counter, gauge, type MetricDefinition, seconds } from './definition.js';

export const cpuUsage: readonly MetricDefinition[] = [
  counter(
    'container_cpu_usage_seconds_total',
    'Processor time consumed, in seconds of one core.',
    ({ cpu }) => cpu?.usageCoreNanoSeconds && [{ labels: ['total'], value: seconds(cpu.usageCoreNanoSeconds.value) }],
    ['cpu'],
  ),
  counter('container_cpu_user_seconds_total', 'Processor time consumed in user mode, in seconds.', ({ detail }) =>
    seconds(detail.cpu?.user),
  ),
  counter('container_cpu_system_seconds_total', 'Processor time consumed in the kernel, in seconds.', ({ detail }) =>
    seconds(detail.cpu?.system),
  ),
  counter(
    'container_cpu_cfs_periods_total',
    'Periods in which the quota was enforced.',
    ({ detail }) => detail.cpu?.periods,
  ),
  counter(
    'container_cpu_cfs_throttled_periods_total',
    'Periods in which the quota ran out.',
    ({ detail }) => detail.cpu?.throttledPeriods,
  ),
  counter(
    'container_cpu_cfs_throttled_seconds_total',
    'Time spent without a processor because the quota had run out, in seconds.',
    ({ detail }) => seconds(detail.cpu?.throttledTime),
  ),
];

export const cpuSpec: readonly MetricDefinition[] = [
  gauge(
    'container_spec_cpu_period',
    'Length of a quota period, in microseconds.',
    ({ detail }) => detail.cpuLimits?.period,
  ),
  gauge('container_spec_cpu_quota', 'Processor time a period, in microseconds; none without a quota.', ({ detail }) =>
    detail.cpuLimits && detail.cpuLimits.quota > 0n ? detail.cpuLimits.quota : undefined,
  ),
  gauge('container_spec_cpu_shares', 'Weight against other cgroups.', ({ detail }) => detail.cpuLimits?.shares),
];
