import { readFileSync } from 'node:fs';
import type { Cgroups } from './hierarchies.js';

/**
 * How many processes of a cgroup the kernel has killed for want of memory: `oom_kill` in memory.events (v2, there of
 * the cgroups below it and of those that were below it, too; cgroup-v2.rst) or in memory.oom_control (v1, of its own processes
 * only; memory.rst). Undefined when the cgroup is gone, or the kernel does not count.
 */
export function oomKills(cgroups: Cgroups, cgroupsPath: string): number | undefined {
  const directory = cgroups.directory('memory', cgroupsPath);
  if (directory === undefined) return undefined;
  const file = cgroups.mode === 'v2' ? 'memory.events' : 'memory.oom_control';
  let text: string;
  try {
    text = readFileSync(`${directory}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** A container that ended together with its cgroup, before its kills were read. */
export interface Uncounted {
  id: string;
  /** conmon saw the kernel kill in it. */
  marked: boolean;
  /** Undefined where it is not known. */
  exitCode?: number | undefined;
}

/**
 * How many of `kills`, which the cgroup around several containers has counted more than those whose count is known, were
 * in `one`. Where `others` ended uncounted meanwhile, the likelier ones come first: those in which conmon saw a kill,
 * then those that ended by SIGKILL; each of equal likelihood has had one.
 */
export function shareOfKills(kills: number, one: Uncounted, others: readonly Uncounted[]): number {
  const likelihood = ({ marked, exitCode }: Uncounted): number => (marked ? 2 : exitCode === 137 ? 1 : 0);
  const own = likelihood(one);
  const likelier = others.filter((other) => likelihood(other) > own).length;
  const alike = others.filter((other) => likelihood(other) === own).length;
  const left = kills - likelier;
  return left <= 0 ? 0 : Math.max(1, left - alike);
}
