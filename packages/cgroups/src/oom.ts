import { readFileSync } from 'node:fs';
import type { Cgroups } from './hierarchies.js';

/**
 * Whether the kernel killed a process of this cgroup for want of memory: `oom_kill` in memory.events
 * (v2, cgroup-v2.rst) or memory.oom_control (v1, memory.rst). False when the cgroup is gone.
 */
export function oomKilled(cgroups: Cgroups, cgroupsPath: string): boolean {
  const directory = cgroups.directory('memory', cgroupsPath);
  if (directory === undefined) return false;
  const file = cgroups.mode === 'v2' ? 'memory.events' : 'memory.oom_control';
  let text: string;
  try {
    text = readFileSync(`${directory}/${file}`, 'utf8');
  } catch {
    return false;
  }
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0;
}
