import { counter, gauge, type MetricDefinition } from './definition.js';

export const memoryUsage: readonly MetricDefinition[] = [
  gauge(
    'container_memory_usage_bytes',
    'Memory in use, file pages that could be reclaimed included.',
    ({ memory }) => memory?.usageBytes?.value,
  ),
  gauge(
    'container_memory_working_set_bytes',
    'Memory in use without inactive file pages.',
    ({ memory }) => memory?.workingSetBytes?.value,
  ),
  gauge('container_memory_rss', 'Anonymous memory, in bytes.', ({ memory }) => memory?.rssBytes?.value),
  gauge('container_memory_cache', 'File pages, in bytes.', ({ detail }) => detail.memory?.cache),
  gauge('container_memory_mapped_file', 'Mapped file pages, in bytes.', ({ detail }) => detail.memory?.mappedFile),
  gauge('container_memory_swap', 'Swap in use, in bytes.', ({ detail }) => detail.memory?.swap),
  gauge('container_memory_kernel_usage', 'Memory of the kernel, in bytes.', ({ detail }) => detail.memory?.kernel),
  gauge('container_memory_max_usage_bytes', 'The highest usage so far.', ({ detail }) => detail.memory?.maxUsage),
  gauge(
    'container_memory_total_active_file_bytes',
    'Active file pages, in bytes.',
    ({ detail }) => detail.memory?.activeFile,
  ),
  gauge(
    'container_memory_total_inactive_file_bytes',
    'Inactive file pages, in bytes.',
    ({ detail }) => detail.memory?.inactiveFile,
  ),
  counter('container_memory_failcnt', 'How often the memory limit was hit.', ({ detail }) => detail.memory?.limitHits),
  counter(
    'container_memory_failures_total',
    'Page faults, of the container only and with the cgroups below it.',
    ({ memory, detail }) =>
      memory &&
      detail.memory && [
        { labels: ['pgfault', 'container'], value: detail.memory.ownPageFaults },
        { labels: ['pgmajfault', 'container'], value: detail.memory.ownMajorPageFaults },
        { labels: ['pgfault', 'hierarchy'], value: memory.pageFaults?.value ?? 0n },
        { labels: ['pgmajfault', 'hierarchy'], value: memory.majorPageFaults?.value ?? 0n },
      ],
    ['failure_type', 'scope'],
  ),
  counter(
    'container_oom_events_total',
    'Processes that the kernel killed for want of memory.',
    ({ detail }) => detail.memory?.oomKills,
  ),
  gauge(
    'container_hugetlb_usage_bytes',
    'Huge pages in use, in bytes.',
    ({ detail }) => detail.hugePages.map(({ pageSize, usage }) => ({ labels: [pageSize], value: usage })),
    ['pagesize'],
  ),
  gauge(
    'container_hugetlb_max_usage_bytes',
    'The most huge pages in use so far, in bytes.',
    ({ detail }) => detail.hugePages.map(({ pageSize, maxUsage }) => ({ labels: [pageSize], value: maxUsage })),
    ['pagesize'],
  ),
];

export const memorySpec: readonly MetricDefinition[] = [
  gauge('container_spec_memory_limit_bytes', 'Memory limit; 0 is none.', ({ detail }) => detail.memoryLimits?.limit),
  gauge(
    'container_spec_memory_reservation_limit_bytes',
    'Memory that is left to it under pressure; 0 is none.',
    ({ detail }) => detail.memoryLimits?.reservation,
  ),
  gauge(
    'container_spec_memory_swap_limit_bytes',
    'Swap limit, on cgroup v1 of memory and swap together; 0 is none.',
    ({ detail }) => detail.memoryLimits?.swapLimit,
  ),
];
