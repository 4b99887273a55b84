import { readdirSync } from 'node:fs';

interface ProcessSample {
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  value: number;
}

/** The process basics under the names that every Prometheus client uses; read at the scrape, nothing in between. */
export function processSamples(): ProcessSample[] {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  const samples: ProcessSample[] = [
    {
      name: 'process_cpu_seconds_total',
      help: 'User and system CPU time.',
      type: 'counter',
      value: (user + system) / 1e6,
    },
    { name: 'process_resident_memory_bytes', help: 'Resident memory.', type: 'gauge', value: memory.rss },
    { name: 'nodejs_heap_size_used_bytes', help: 'Heap in use.', type: 'gauge', value: memory.heapUsed },
    {
      name: 'process_start_time_seconds',
      help: 'Start, in seconds since the epoch.',
      type: 'gauge',
      value: Date.now() / 1000 - process.uptime(),
    },
  ];
  try {
    const value = readdirSync('/proc/self/fd').length;
    samples.push({ name: 'process_open_fds', help: 'Open file descriptors.', type: 'gauge', value });
  } catch {
    // Without /proc this one sample is missing; the rest still helps.
  }
  return samples;
}
