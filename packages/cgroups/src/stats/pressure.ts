import type { CgroupFiles } from './files.js';

/** A line of a pressure file (psi.rst): `total` in microseconds, the averages in percent of the time. */
export interface PressureLine {
  total: bigint;
  avg10: number;
  avg60: number;
  avg300: number;
}

export interface Pressure {
  /** Some tasks waited. */
  some: PressureLine;
  /** All tasks that had something to do waited. */
  full: PressureLine;
}

const none: PressureLine = { total: 0n, avg10: 0, avg60: 0, avg300: 0 };

/** Undefined where the kernel keeps no pressure, or not of this cgroup. */
export function pressure(files: CgroupFiles, resource: 'cpu' | 'memory' | 'io'): Pressure | undefined {
  const text = files.text(`${resource}.pressure`);
  if (text === undefined) return undefined;
  // The cpu's `full` line is missing before Linux 5.13.
  return { some: line(text, 'some') ?? none, full: line(text, 'full') ?? none };
}

const lines = {
  some: /^some avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+) total=(\d+)/m,
  full: /^full avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+) total=(\d+)/m,
};

function line(text: string, name: keyof typeof lines): PressureLine | undefined {
  const match = lines[name].exec(text);
  if (!match) return undefined;
  const [, avg10, avg60, avg300, total = '0'] = match;
  return { total: BigInt(total), avg10: Number(avg10), avg60: Number(avg60), avg300: Number(avg300) };
}
