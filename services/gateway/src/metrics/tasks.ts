import type { PsiStats } from '@slipway/cri';
import { counter, gauge, type MetricDefinition, type MetricSource, seconds } from './definition.js';

export const tasks: readonly MetricDefinition[] = [
  gauge('container_processes', 'Processes.', ({ detail }) => detail.tasks?.processes),
  gauge('container_threads', 'Threads of all processes.', ({ detail }) => detail.tasks?.threads),
  gauge('container_threads_max', 'Limit of threads; 0 is none.', ({ detail }) => detail.tasks?.maxThreads),
  gauge(
    'container_file_descriptors',
    'Open descriptors of all processes.',
    ({ detail }) => detail.tasks?.fileDescriptors,
  ),
  gauge('container_sockets', 'Open sockets of all processes.', ({ detail }) => detail.tasks?.sockets),
  gauge(
    'container_ulimits_soft',
    'Soft limits of the first process; none without a limit.',
    ({ detail }) =>
      detail.tasks && detail.tasks.maxOpenFiles > 0n
        ? [{ labels: ['max_open_files'], value: detail.tasks.maxOpenFiles }]
        : undefined,
    ['ulimit'],
  ),
];

export const times: readonly MetricDefinition[] = [
  gauge('container_last_seen', 'When it was last sampled, in seconds since the epoch.', ({ detail }) =>
    seconds(detail.timestamp),
  ),
  gauge('container_start_time_seconds', 'When it started, in seconds since the epoch.', ({ startedAt }) =>
    seconds(startedAt),
  ),
];

function stalls(
  resource: 'cpu' | 'memory' | 'io',
  read: (source: MetricSource) => PsiStats | undefined,
): MetricDefinition[] {
  const name = `container_pressure_${resource}`;
  return [
    counter(`${name}_waiting_seconds_total`, `Time in which some task waited for ${resource}, in seconds.`, (source) =>
      seconds(read(source)?.Some?.Total),
    ),
    counter(`${name}_stalled_seconds_total`, `Time in which all tasks waited for ${resource}, in seconds.`, (source) =>
      seconds(read(source)?.Full?.Total),
    ),
  ];
}

export const pressure: readonly MetricDefinition[] = [
  ...stalls('cpu', ({ cpu }) => cpu?.psi),
  ...stalls('memory', ({ memory }) => memory?.psi),
  ...stalls('io', ({ io }) => io?.psi),
];
