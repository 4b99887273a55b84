import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, parseStat } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';
import { redisPrograms } from './redis-server.js';

/** Milliseconds that a server has for SIGTERM, and the kernel for SIGKILL. */
const gracefulMs = 5000;
const killedMs = 5000;

/**
 * Ends servers that a killed supervisor left behind: those whose command line has one of
 * `marks`, paths of this state directory, but for `own`. Services end by themselves when their channel closes.
 */
export async function endOrphans(marks: readonly string[], own: readonly number[], log: Logger): Promise<void> {
  const found = findProcesses(marks).filter((pid) => !own.includes(pid));
  const orphans = found.map((pid) => ({ pid, startTicks: parseStat(pid)?.startTicks }));
  const living = (): typeof orphans => orphans.filter(({ pid, startTicks }) => isAlive(pid, startTicks));
  for (const { pid } of living()) {
    log.info({ pid }, 'ending a server that an earlier supervisor left');
    signal(pid, 'SIGTERM');
  }
  await untilGone(living, gracefulMs);
  for (const { pid } of living()) signal(pid, 'SIGKILL');
  // The next one opens the same files.
  await untilGone(living, killedMs);
}

async function untilGone(living: () => readonly unknown[], ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (living().length > 0 && performance.now() < end) await sleep(20);
}

function findProcesses(marks: readonly string[]): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      // Once it runs, Redis shows `redis-server unixsocket:<path>` as one word.
      const ours = words.some((word) => marks.some((mark) => word === mark || word.endsWith(` unixsocket:${mark}`)));
      const program = words[0]?.split(' ')[0]?.split('/').pop() ?? '';
      if (ours && ['nats-server', ...redisPrograms].includes(program)) found.push(Number(name));
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
