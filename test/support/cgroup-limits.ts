import { existsSync, readFileSync } from 'node:fs';

/** Of a cgroup: shares, quota and limit of memory as the kernel has them, on v1 or v2. */
export function limitsOf(cgroup: string): string[] {
  const v2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const read = (controller: string, file: string): string =>
    readFileSync(`/sys/fs/cgroup/${v2 ? '' : controller}${cgroup}/${file}`, 'utf8').trim();
  return v2
    ? [read('cpu', 'cpu.weight'), read('cpu', 'cpu.max').split(' ')[0] ?? '', read('memory', 'memory.max')]
    : [read('cpu', 'cpu.shares'), read('cpu', 'cpu.cfs_quota_us'), read('memory', 'memory.limit_in_bytes')];
}
