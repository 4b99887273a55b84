import { readdirSync, readFileSync } from 'node:fs';
import { hasCode } from '../errno.js';

/** The fields of /proc/<pid>/stat (proc(5)) that tell processes apart. */
export interface ProcessStat {
  pid: number;
  /** The command's name, up to 15 bytes; the process can set it to anything. */
  comm: string;
  /** R running, S sleeping, D disk wait, T stopped, Z zombie, X dead. */
  state: string;
  ppid: number;
  pgrp: number;
  session: number;
  /** Start time in clock ticks since boot: with the pid it names one process for good. */
  startTicks: bigint;
}

/** Parses the text of a stat file; the name in parentheses may itself hold parentheses and spaces. */
export function parseStatText(text: string): ProcessStat {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    pid: Number.parseInt(text, 10),
    comm: text.slice(open + 1, close),
    state: fields[0] ?? '',
    ppid: Number(fields[1]),
    pgrp: Number(fields[2]),
    session: Number(fields[3]),
    startTicks: BigInt(fields[19] ?? 0),
  };
}

/** The kernel's facts of a process, or undefined when there is none of that pid. */
export function parseStat(pid: number): ProcessStat | undefined {
  try {
    return parseStatText(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    // ESRCH: it went between open and read.
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

/** Whether a process runs. A zombie does not; with `startTicks` neither does another process of the same pid. */
export function isAlive(pid: number, startTicks?: bigint): boolean {
  const stat = parseStat(pid);
  if (!stat || stat.state === 'Z' || stat.state === 'X') return false;
  return startTicks === undefined || stat.startTicks === startTicks;
}

/** The process group of a process, or undefined when there is none of that pid. */
export function processGroup(pid: number): number | undefined {
  return parseStat(pid)?.pgrp;
}

/** The direct children of a process (those of all its threads), zombies included; none when there is no such process. */
export function childrenOf(pid: number): number[] {
  return orNone(() => readdirSync(`/proc/${pid}/task`)).flatMap((task) =>
    orNone(() => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean)).map(Number),
  );
}

function orNone(read: () => string[]): string[] {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return [];
    throw error;
  }
}
