import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process and all that it started and that still run. */
export function processTree(pid: number): number[] {
  const found = [pid];
  for (const parent of found) {
    const tasks = attempt(() => readdirSync(`/proc/${parent}/task`)) ?? [];
    for (const task of tasks) {
      const children = attempt(() => readFileSync(join('/proc', `${parent}`, 'task', task, 'children'), 'utf8')) ?? '';
      for (const child of children.split(' ')) if (child.trim() !== '') found.push(Number(child));
    }
  }
  return found;
}

/**
 * Resident memory in MB, pages that are shared counted in each process that has them. A child that has
 * not come to its own program yet (vfork(2), posix_spawn(3)) runs in its parent's memory: that counts once.
 */
export function residentMegabytes(pids: readonly number[]): number {
  const seen = new Set<string>();
  let kilobytes = 0;
  for (const pid of pids) {
    const memory = addressSpace(pid);
    if (memory === undefined || seen.has(memory)) continue;
    seen.add(memory);
    const status = attempt(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
    kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return kilobytes / 1000;
}

/** Where a process's code and stack lie, which the kernel chose at random for each (proc(5), stat, startcode to startstack). */
function addressSpace(pid: number): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(23, 26)
    .join(' ');
}

/** Proportional memory (PSS) in MB: a shared page counts as its share in each process. */
export function proportionalMegabytes(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    const rollup = attempt(() => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? '';
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  });
  return kilobytes.reduce((sum, value) => sum + value, 0) / 1000;
}

/** Processor seconds that the processes used so far, their ended and reaped children's with them (proc(5), stat). */
export function processorSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
    // The name in brackets may hold anything: fields count from behind it. 14 to 17 are utime, stime, cutime, cstime.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    return fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0);
  });
  // USER_HZ is 100 on every Linux that Debian runs on.
  return ticks.reduce((sum, value) => sum + value, 0) / 100;
}

/** Processes come and go while they are looked at. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
